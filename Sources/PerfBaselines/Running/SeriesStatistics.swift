import PerfModel
import PerfStatistics

/// What the values of a series look like, by measures that single outliers do not move.
package struct SeriesStatistics: Hashable, Sendable {
    package var count: Int
    package var median: Double
    /// Median of the distances from the median, times 1.4826: the standard deviation, where values are normal.
    package var spread: Double
    package var minimum: Double
    package var maximum: Double
    /// Values further than 3.5 spreads from the median (Iglewicz and Hoaglin 1993).
    package var outliers: Int

    /// Nil without values.
    package init?(_ values: [Double]) {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard let median = Percentile.value(at: 0.5, ofSorted: sorted), let first = sorted.first, let last = sorted.last
        else { return nil }
        let distances = sorted.map { abs($0 - median) }.sorted()
        let spread = (Percentile.value(at: 0.5, ofSorted: distances) ?? 0) * 1.4826
        count = sorted.count
        self.median = median
        self.spread = spread
        minimum = first
        maximum = last
        outliers = spread > 0 ? sorted.count { abs($0 - median) > 3.5 * spread } : 0
    }
}

/// By how much one command is slower than another, from runs of each that were interleaved.
///
/// The Hodges-Lehmann estimate of the shift of the logarithms, with the interval that belongs to the rank-sum test
/// (Hollander and Wolfe, "Nonparametric Statistical Methods", 4.3), by its normal approximation.
package struct SpeedRatio: Hashable, Sendable {
    /// Above 1 when the second one takes more.
    package var ratio: Double
    /// 95%.
    package var interval: ClosedRange<Double>

    /// Nil where there are less than four values of either, or values that are not positive.
    package init?(of first: [Double], to second: [Double], confidence: Double = 0.95) {
        // More pairs tell nothing more, and take seconds.
        let limit = 1000
        let (first, second) = (first.suffix(limit), second.suffix(limit))
        guard first.count >= 4, second.count >= 4, first.allSatisfy({ $0 > 0 }), second.allSatisfy({ $0 > 0 }) else {
            return nil
        }
        var ratios: [Double] = []
        ratios.reserveCapacity(first.count * second.count)
        for one in first { for other in second { ratios.append(other / one) } }
        ratios.sort()
        guard let median = Percentile.value(at: 0.5, ofSorted: ratios) else { return nil }
        let (m, n) = (Double(first.count), Double(second.count))
        let z = NormalDistribution.criticalValue(twoSided: 1 - confidence)
        let rank = m * n / 2 - z * (m * n * (m + n + 1) / 12).squareRoot()
        let index = max(0, min(ratios.count - 1, Int(rank.rounded(.down))))
        ratio = median
        interval = ratios[index]...ratios[ratios.count - 1 - index]
    }
}
