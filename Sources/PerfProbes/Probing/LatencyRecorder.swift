import Histogram

/// The latencies of one target, as they come.
package struct LatencyRecorder: Sendable {
    /// Nanoseconds; three significant digits up to an hour.
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1, highestTrackableValue: Self.largest, numberOfSignificantValueDigits: .three)
    private static let largest: UInt64 = 3_600_000_000_000
    private var sum = 0.0
    private var last: UInt64?
    private var differences = 0.0
    private var (smallest, most): (UInt64, UInt64) = (.max, 0)
    package private(set) var count = 0

    package init() {}

    /// - Parameter latency: nanoseconds.
    package mutating func add(_ latency: UInt64) {
        histogram.record(min(latency, Self.largest))
        sum += Double(latency)
        if let last { differences += Double(max(last, latency) - min(last, latency)) }
        last = latency
        smallest = min(smallest, latency)
        most = max(most, latency)
        count += 1
    }

    /// What is known of them.
    package var summary: LatencySummary? {
        guard count > 0 else { return nil }
        return LatencySummary(
            count: count, min: smallest, mean: UInt64(sum / Double(count)), max: most,
            jitter: count > 1 ? UInt64(differences / Double(count - 1)) : nil,
            p50: quantile(0.50), p90: quantile(0.90), p95: quantile(0.95), p99: quantile(0.99),
            p999: quantile(0.999))
    }

    /// The latency that a share of the answers did not exceed.
    ///
    /// - Parameter ratio: in 0..<1.
    /// - Returns: nanoseconds; nil where too few answers are beyond it.
    package func quantile(_ ratio: Double) -> UInt64? {
        // One answer is beyond it at least: 1,000 of them for p99.9. The factor is for rounding.
        guard count > 0, Double(count) * (1 - ratio) >= 1 - 1e-9 || ratio == 0.5 else { return nil }
        return min(most, max(smallest, histogram.valueAtPercentile(ratio * 100)))
    }

    /// Shares of the answers by latency, for plots: pairs of nanoseconds and answers, rising.
    package var buckets: [(latency: UInt64, count: UInt64)] {
        histogram.recordedValues().map { ($0.value, $0.count) }
    }
}

/// Latencies of one target in nanoseconds.
package struct LatencySummary: Hashable, Sendable {
    package var count: Int
    package var min: UInt64
    package var mean: UInt64
    package var max: UInt64
    /// The mean difference between an answer's latency and that of the one before; nil for one answer.
    package var jitter: UInt64?
    /// Nil where too few answers are beyond the quantile.
    package var p50: UInt64?
    package var p90: UInt64?
    package var p95: UInt64?
    package var p99: UInt64?
    package var p999: UInt64?

    /// A quantile by its share, 0.5…0.999.
    package func quantile(_ ratio: Double) -> UInt64? {
        switch ratio {
        case 0.5: p50
        case 0.9: p90
        case 0.95: p95
        case 0.99: p99
        case 0.999: p999
        default: nil
        }
    }
}
