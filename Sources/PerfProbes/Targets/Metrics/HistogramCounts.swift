/// A classic histogram of one label set: how many observations were no larger than each bound.
package struct HistogramCounts: Hashable, Sendable {
    /// Finite, rising.
    package private(set) var bounds: [Double]
    /// Of each bound, all below it included; floats, as in the text formats.
    package private(set) var counts: [Double]
    /// Observations in all: those of the bucket of +Inf.
    package private(set) var total: Double
    /// Of the observations; nil where it is not told.
    package private(set) var sum: Double?

    /// Nil where neither +Inf nor a count tell how many there are, or a number is none.
    ///
    /// - Parameters:
    ///   - buckets: bound and cumulative count in any order; +Inf may be among them.
    ///   - count: `_count`, for a histogram without +Inf.
    ///   - sum: `_sum`.
    package init?(buckets: [(bound: Double, count: Double)], count: Double?, sum: Double?) {
        let sorted = buckets.filter { !$0.bound.isNaN }.sorted { $0.bound < $1.bound }
        guard let total = sorted.last(where: { $0.bound == .infinity })?.count ?? count, total.isFinite, total >= 0
        else { return nil }
        (bounds, counts, self.total) = ([], [], total)
        for bucket in sorted where bucket.bound.isFinite {
            guard bucket.count.isFinite, bucket.count >= 0 else { return nil }
            // A bound may be written in two ways.
            guard bounds.last != bucket.bound else { continue }
            bounds.append(bucket.bound)
            counts.append(bucket.count)
        }
        self.sum = sum.flatMap { $0.isFinite ? $0 : nil }
    }

    private init(bounds: [Double], counts: [Double], total: Double, sum: Double?) {
        self.bounds = bounds
        self.counts = counts
        self.total = total
        self.sum = sum
    }

    /// Whether counters that only rise were lower before than now: they began anew in between.
    package func isReset(since earlier: HistogramCounts) -> Bool {
        guard total >= earlier.total else { return true }
        for (index, bound) in bounds.enumerated() {
            if let before = earlier.count(upTo: bound), counts[index] < before { return true }
        }
        return false
    }

    /// What was observed since an earlier look.
    ///
    /// - Parameter earlier: nil for a label set that was not there yet: it began with nothing.
    /// - Returns: after a reset all that was counted since it, which is what `rate()` of Prometheus takes.
    package func change(since earlier: HistogramCounts?) -> HistogramCounts {
        guard let earlier, !isReset(since: earlier) else { return self }
        return combined(with: earlier, sign: -1)
    }

    /// Observations of both; of different buckets those that both have are exact, and only they are kept.
    package func adding(_ other: HistogramCounts) -> HistogramCounts { combined(with: other, sign: 1) }

    private func combined(with other: HistogramCounts, sign: Double) -> HistogramCounts {
        var (sharedBounds, sharedCounts): ([Double], [Double]) = ([], [])
        for (index, bound) in bounds.enumerated() {
            guard let count = other.count(upTo: bound) else { continue }
            sharedBounds.append(bound)
            sharedCounts.append(counts[index] + sign * count)
        }
        let sum: Double? = if let sum, let more = other.sum { sum + sign * more } else { nil }
        return HistogramCounts(bounds: sharedBounds, counts: sharedCounts, total: total + sign * other.total, sum: sum)
    }

    private func count(upTo bound: Double) -> Double? {
        // Buckets are mostly the same, and few.
        bounds.firstIndex(of: bound).map { counts[$0] }
    }
}

extension HistogramCounts {
    /// What a histogram tells of a quantile.
    package enum Quantile: Hashable, Sendable {
        case value(Double)
        /// It is in the bucket of +Inf: somewhere above the last bound, and nobody knows where.
        case above(Double)
        /// Too few observations are beyond it, or there is no bucket.
        case unknown

        /// The same in another unit.
        func scaled(by factor: Double) -> Quantile {
            switch self {
            case .value(let value): .value(value * factor)
            case .above(let value): .above(value * factor)
            case .unknown: .unknown
            }
        }

        /// The value, or what it is at least.
        package var least: Double? {
            switch self {
            case .value(let value), .above(let value): value
            case .unknown: nil
            }
        }
    }

    /// The same as `histogram_quantile` of Prometheus: linear within the bucket, the first of which begins at 0.
    ///
    /// - Parameter ratio: in 0..<1.
    /// - Returns: ``Quantile/unknown`` where less than one observation is beyond it, but for the median.
    package func quantile(_ ratio: Double) -> Quantile {
        guard total > 0, !bounds.isEmpty, ratio == 0.5 || total * (1 - ratio) >= 1 - 1e-9 else { return .unknown }
        let rank = ratio * total
        let counts = monotonicCounts
        guard let index = counts.firstIndex(where: { $0 >= rank }) else { return .above(bounds[bounds.count - 1]) }
        // Below a first bound that is not positive nothing is known of where it begins.
        if index == 0, bounds[0] <= 0 { return .value(bounds[0]) }
        let (start, before) = index == 0 ? (0, 0) : (bounds[index - 1], counts[index - 1])
        let inside = counts[index] - before
        guard inside > 0 else { return .value(bounds[index]) }
        return .value(start + (bounds[index] - start) * (rank - before) / inside)
    }

    /// A scrape that is not of one moment may have more in a smaller bucket: each has at least what is below it.
    private var monotonicCounts: [Double] {
        var most = 0.0
        return counts.map { count in
            most = max(most, count)
            return most
        }
    }

    package var mean: Double? {
        guard let sum, total > 0 else { return nil }
        return sum / total
    }

    /// The bound that the largest observation did not exceed; nil where there is none, or it is above the last one.
    package var largest: Quantile {
        guard total > 0, let last = bounds.last else { return .unknown }
        let counts = monotonicCounts
        guard (counts.last ?? 0) >= total, let index = counts.firstIndex(where: { $0 >= total }) else {
            return .above(last)
        }
        return .value(bounds[index])
    }

    /// The bounds around a limit that is none; nil for one that is, which tells exactly who was above it.
    package func gap(around limit: Double) -> (lower: Double, upper: Double?)? {
        // 0.3 may have been computed.
        guard !bounds.isEmpty, !bounds.contains(where: { abs($0 - limit) <= 1e-9 * abs(limit) }) else { return nil }
        return (bounds.last { $0 < limit } ?? 0, bounds.first { $0 > limit })
    }
}
