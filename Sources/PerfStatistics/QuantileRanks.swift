/// Which of the sorted observations bound a quantile of what they were drawn from, whatever its distribution.
///
/// How many of n observations are below the quantile is binomial. Source: H. A. David, H. N. Nagaraja, "Order
/// Statistics" (3rd edition, 2003), section 7.1.
package enum QuantileRanks {
    /// The smallest number of observations that say something about a quantile: ten are expected beyond it.
    package static func leastCount(for ratio: Double) -> Double { 10 / min(ratio, 1 - ratio) }

    /// Ranks, from 1, of the observations between which the quantile lies.
    ///
    /// - Parameters:
    ///   - ratio: of the quantile, in 0...1 without its ends.
    ///   - count: observations.
    ///   - level: how likely the quantile may be beyond either end.
    /// - Returns: nil where so few observations do not bound it.
    package static func bounds(of ratio: Double, count: Int, level: Double) -> ClosedRange<Int>? {
        guard ratio > 0, ratio < 1, count > 0, level > 0, level < 0.5 else { return nil }
        let low = lowRank(of: ratio, count: count, level: level)
        // From above, the quantile is the complementary one from below.
        let high = count + 1 - lowRank(of: 1 - ratio, count: count, level: level)
        return low >= 1 && high <= count && low <= high ? low...high : nil
    }

    /// The largest rank at which fewer observations than it are below the quantile with at most this probability.
    private static func lowRank(of ratio: Double, count: Int, level: Double) -> Int {
        let n = Double(count)
        guard count <= exactUpTo else {
            let z = NormalDistribution.criticalValue(twoSided: 2 * level)
            return Int(n * ratio - z * (n * ratio * (1 - ratio)).squareRoot() - 1)
        }
        // P(B ≤ k - 1) = I_{1-q}(n - k + 1, k) rises with k.
        var (low, high) = (0, count + 1)
        while high - low > 1 {
            let rank = (low + high) / 2
            let probability = IncompleteBeta.value(1 - ratio, n - Double(rank) + 1, Double(rank))
            if probability <= level { low = rank } else { high = rank }
        }
        return low
    }

    /// Beyond it, the normal distribution differs by less than a rank in a thousand.
    private static let exactUpTo = 1_000_000
}
