/// Where a series of results changed: E-divisive, which splits it where the two sides are least alike.
///
/// Source: D. S. Matteson, N. A. James, "A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
/// Data", JASA 109 (2014) 334-345; for performance, D. Daly et al., "The Use of Change Point Detection to Identify
/// Software Performance Regressions in a Continuous Integration System", ICPE (2020) 67-75. Candidates are those of
/// apache-otava 0.8 (`compute_change_points_orig`). The probability is (1 + r)/(1 + R), with r of R permutations as
/// divided as the series, where apache-otava leaves the one out and may say zero.
package struct ChangePoints: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
        /// Of the first observation after the change.
        package var index: Int
        /// How unlike both sides are, in the unit of the series times observations.
        package var divergence: Double
        /// How likely a split as clear as this is in a series without a change, in 0...1.
        package var probability: Double
    }

    /// By index.
    package let points: [Point]

    /// Finds the changes of a series; those near its end are left out until more is known.
    ///
    /// - Parameters:
    ///   - series: in order of time; without finite values only there are no points.
    ///   - level: of the probability up to which a split counts as a change.
    ///   - permutations: how many series without a change each split is compared with.
    ///   - leastAfter: observations that a change must have behind it.
    ///   - seed: of the permutations.
    /// - Complexity: O(n² · permutations) for each change.
    package init(
        of series: [Double], level: Double = 0.01, permutations: Int = 199, leastAfter: Int = 3, seed: UInt64 = 1
    ) {
        guard series.allSatisfy(\.isFinite) else {
            points = []
            return
        }
        var random = SplitMix64(seed: seed)
        var found: [Point] = []
        while true {
            let borders = [0] + found.map(\.index) + [series.count]
            let parts = zip(borders, borders.dropFirst()).map { $0..<$1 }
            guard let candidate = Self.candidate(in: series, parts: parts) else { break }
            var asClear = 0
            for _ in 0..<permutations {
                var permuted = series
                for part in parts { permuted[part].shuffle(using: &random) }
                // Splits of equal values are equal but for rounding.
                let other = Self.candidate(in: permuted, parts: parts)?.divergence ?? 0
                if other >= candidate.divergence * (1 - 1e-12) { asClear += 1 }
            }
            let probability = Double(1 + asClear) / Double(1 + permutations)
            guard probability <= level else { break }
            found.append(
                Point(index: candidate.index, divergence: candidate.divergence, probability: probability))
            found.sort { $0.index < $1.index }
        }
        points = found.filter { series.count - $0.index >= leastAfter }
    }

    private typealias Candidate = (index: Int, divergence: Double)

    /// The best split of any part.
    private static func candidate(in series: [Double], parts: [Range<Int>]) -> Candidate? {
        var best: Candidate?
        for part in parts where part.count > 1 {
            let split = split(series, part)
            if split.divergence > best?.divergence ?? -.infinity { best = split }
        }
        return best
    }

    /// The place τ and the end κ at which [start, τ) and [τ, κ) are least alike.
    ///
    /// With the mean distance across twice, and the mean distances within each side once, weighted by τκ/(τ + κ).
    private static func split(_ series: [Double], _ part: Range<Int>) -> Candidate {
        let count = part.count
        let values = Array(series[part])
        // Sums of the distances within the last observations, from each place up to the end.
        var within = Array(repeating: 0.0, count: count)
        // The same within the first ones, up to each place.
        var first = Array(repeating: 0.0, count: count + 1)
        var best = (place: 0, end: 0, divergence: -Double.infinity)
        for end in 2...count {
            let last = values[end - 1]
            var column = 0.0
            var place = end - 2
            while place >= 0 {
                column += abs(values[place] - last)
                within[place] += column
                place -= 1
            }
            let all = within[0]
            first[end] = all
            for place in 1..<end {
                let (m, n) = (Double(place), Double(end - place))
                let (left, right) = (first[place], within[place])
                var value = all - left - right
                if place > 1 { value -= n / (m - 1) * left }
                if end - place > 1 { value -= m / (n - 1) * right }
                value *= 2 / (m + n)
                if value > best.divergence || (value == best.divergence && place < best.place) {
                    best = (place, end, value)
                }
            }
        }
        return (part.lowerBound + best.place, best.divergence)
    }
}
