import PerfModel
import PerfStatistics

/// Latencies of a document: how many answers had each.
package struct LatencyHistogram: Hashable, Sendable {
    /// Nanoseconds, rising.
    package let latencies: [Double]
    /// Answers with each.
    package let counts: [Int]
    /// Answers with at most that latency.
    private let cumulative: [Int]
    package var count: Int { cumulative.last ?? 0 }

    /// - Parameters:
    ///   - latencies: nanoseconds, rising.
    ///   - counts: answers with each, as many as there are latencies.
    package init(latencies: [Double], counts: [Int]) {
        self.latencies = latencies
        self.counts = counts
        var sum = 0
        cumulative = counts.map { count in
            sum += count
            return sum
        }
    }

    /// Nil where the document has none.
    init?(_ node: JSONNode) throws(ReadingProblem) {
        guard node.isPresent else { return nil }
        let (values, numbers) = (try node["latency_ns"].elements(), try node["count"].elements())
        guard values.count == numbers.count else {
            throw ReadingProblem(place: node.path, reason: "its arrays differ in length")
        }
        var latencies: [Double] = []
        var counts: [Int] = []
        var total = 0
        for (value, number) in zip(values, numbers) {
            let (latency, count) = (try value.amount(), try number.count())
            guard latencies.last.map({ $0 < latency }) ?? true else {
                throw ReadingProblem(place: value.path, reason: "the latencies do not rise")
            }
            let (sum, overflows) = total.addingReportingOverflow(count)
            guard !overflows else { throw ReadingProblem(place: number.path, reason: "too many answers") }
            total = sum
            latencies.append(latency)
            counts.append(count)
        }
        self.init(latencies: latencies, counts: counts)
    }

    /// The latency of the answer with a rank.
    ///
    /// - Parameter rank: from 1 to ``count``.
    /// - Returns: nanoseconds.
    package func value(at rank: Int) -> Double {
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] >= rank { high = middle } else { low = middle + 1 }
        }
        return latencies.isEmpty ? 0 : latencies[low]
    }

    /// The smallest latency that a share of the answers did not exceed.
    package func quantile(_ ratio: Double) -> Double {
        value(at: min(count, max(1, Int((Double(count) * ratio).rounded(.up)))))
    }

    /// Between which latencies a quantile lies.
    ///
    /// - Parameters:
    ///   - ratio: 0...1 without its ends.
    ///   - effective: independent answers that say as much as these, at most ``count``.
    ///   - level: how likely it is beyond either end.
    /// - Returns: nil where these answers do not bound it.
    package func interval(of ratio: Double, effective: Double, level: Double) -> ClosedRange<Double>? {
        let few = min(count, Int(effective))
        guard few > 0, let ranks = QuantileRanks.bounds(of: ratio, count: few, level: level) else { return nil }
        let scale = Double(count) / Double(few)
        // Ranks of fewer answers, spread over all of them.
        let low = max(1, Int((Double(ranks.lowerBound) * scale).rounded(.down)))
        let high = min(count, Int((Double(ranks.upperBound) * scale).rounded(.up)))
        return value(at: low)...value(at: max(low, high))
    }
}
