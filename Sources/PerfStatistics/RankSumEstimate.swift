/// How much larger the observations of one group are than those of another, without pairs.
///
/// With the interval that belongs to the rank-sum test of Wilcoxon, Mann and Whitney; the single shifts are all
/// differences of an observation after and one before. Source: M. Hollander, D. A. Wolfe, E. Chicken, "Nonparametric
/// Statistical Methods" (3rd edition, 2014), sections 4.2, 4.3.
package struct RankSumEstimate: RankEstimate {
    private let before: [Double]
    private let after: [Double]

    /// Nil for none on a side, or for one that is no number.
    ///
    /// - Parameters:
    ///   - before: finite.
    ///   - after: finite.
    package init?(before: some Collection<Double>, after: some Collection<Double>) {
        guard !before.isEmpty, !after.isEmpty, before.allSatisfy(\.isFinite), after.allSatisfy(\.isFinite) else {
            return nil
        }
        self.before = before.sorted()
        self.after = after.sorted()
    }

    package var shiftCount: Int { before.count * after.count }

    package var range: ClosedRange<Double> {
        finite(after[0] - before[before.count - 1])...finite(after[after.count - 1] - before[0])
    }

    /// The difference of two numbers may be none.
    private func finite(_ difference: Double) -> Double {
        max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, difference))
    }

    package func count(atMost value: Double) -> Int {
        // With a larger observation before, more of those after are close enough.
        var (next, count) = (0, 0)
        for earlier in before {
            while next < after.count, after[next] - earlier <= value { next += 1 }
            count += next
        }
        return count
    }

    package func rank(level: Double) -> Int {
        RankSumDistribution.rank(level: level, before: before.count, after: after.count)
    }
}
