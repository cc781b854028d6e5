import Synchronization

/// How many pairs of an observation before and a larger one after there are where nothing has changed.
package enum RankSumDistribution {
    /// Below this many observations on either side the distribution is exact, as in R; beyond it the normal one.
    package static let exactBelow = 50

    /// The largest rank k with P(U ≤ k - 1) ≤ level: the k-th difference is the lower bound with that level.
    ///
    /// - Parameters:
    ///   - level: below 0.5.
    ///   - before: observations.
    ///   - after: observations.
    /// - Returns: 0 where even the smallest difference is no bound.
    package static func rank(level: Double, before: Int, after: Int) -> Int {
        guard level > 0, level < 0.5, before > 0, after > 0 else { return 0 }
        guard before < exactBelow, after < exactBelow else {
            let (m, n) = (Double(before), Double(after))
            let deviation = (m * n * (m + n + 1) / 12).squareRoot()
            let z = NormalDistribution.criticalValue(twoSided: 2 * level)
            return max(0, Int((m * n / 2 - z * deviation + 0.5).rounded(.down)))
        }
        return cumulative(Sizes(small: min(before, after), large: max(before, after))).firstIndex { $0 > level } ?? 0
    }

    private struct Sizes: Hashable {
        var small: Int
        var large: Int
    }

    private static let known = Mutex<[Sizes: [Double]]>([:])

    private static func cumulative(_ sizes: Sizes) -> [Double] {
        known.withLock { known in
            if let cumulative = known[sizes] { return cumulative }
            let cumulative = computed(sizes)
            known[sizes] = cumulative
            return cumulative
        }
    }

    /// By the largest of all observations, which is of either group in proportion to its size.
    ///
    /// One of those after is larger than all before; one of those before adds nothing. Source: H. B. Mann, D. R. Whitney, "On a Test of Whether One of Two Random
    /// Variables Is Stochastically Larger than the Other", Annals of Mathematical Statistics 18 (1947) 50-60.
    ///
    /// - Complexity: O(small² · large²).
    private static func computed(_ sizes: Sizes) -> [Double] {
        // By the larger group's size, for one size of the smaller group after the other.
        var row: [[Double]] = Array(repeating: [1], count: sizes.large + 1)
        for small in 1...sizes.small {
            var next: [[Double]] = [[1]]
            for large in 1...sizes.large {
                let (m, n) = (Double(small), Double(large))
                var probabilities = Array(repeating: 0.0, count: small * large + 1)
                for (pairs, probability) in row[large].enumerated() {
                    probabilities[pairs + large] += probability * m / (m + n)
                }
                for (pairs, probability) in next[large - 1].enumerated() {
                    probabilities[pairs] += probability * n / (m + n)
                }
                next.append(probabilities)
            }
            row = next
        }
        var cumulative = row[sizes.large]
        for pairs in cumulative.indices.dropFirst() { cumulative[pairs] += cumulative[pairs - 1] }
        return cumulative
    }
}
