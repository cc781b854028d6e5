/// The typical difference of pairs, with the exact interval that belongs to Wilcoxon's signed-rank test.
///
/// It assumes that the differences are symmetric about the shift, which the random order within each pair makes so where
/// nothing has changed, whatever drifts. The single shifts are the Walsh averages (dᵢ + dⱼ)/2 with i ≤ j. Source:
/// M. Hollander, D. A. Wolfe, E. Chicken, "Nonparametric Statistical Methods" (3rd edition, 2014), sections 3.2, 3.3.
///
/// Differences of zero stay in, and equal ones are no special case, unlike in R's `wilcox.test`, which leaves zeros out
/// and takes a normal approximation for ties: without its zeros a program that mostly does the same would look as if it
/// always changed, and the exact closed interval keeps its level with both (``RankEstimate``).
package struct SignedRankEstimate: RankEstimate {
    /// Half of each difference, by size: the sum of two is their average, and cannot overflow.
    private let halves: [Double]

    /// Nil for none, or for one that is no number.
    ///
    /// - Parameter differences: of pairs, finite.
    package init?(_ differences: some Collection<Double>) {
        guard !differences.isEmpty, differences.allSatisfy(\.isFinite) else { return nil }
        halves = differences.map { $0 / 2 }.sorted()
    }

    package var count: Int { halves.count }

    package var shiftCount: Int { halves.count * (halves.count + 1) / 2 }

    package var range: ClosedRange<Double> { halves[0] * 2...halves[halves.count - 1] * 2 }

    package func count(atMost value: Double) -> Int {
        var (low, high, count) = (0, halves.count - 1, 0)
        while low <= high {
            if halves[low] + halves[high] <= value {
                count += high - low + 1
                low += 1
            } else {
                high -= 1
            }
        }
        return count
    }

    package func rank(level: Double) -> Int { SignedRankDistribution.rank(level: level, count: halves.count) }
}
