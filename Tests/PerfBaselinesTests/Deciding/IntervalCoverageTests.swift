import PerfBaselines
import PerfStatistics
import Testing

/// How often intervals miss the truth, counted over simulated observations with a fixed seed.
@Suite("Coverage of intervals by ranks") struct IntervalCoverageTests {
    private static let runs = 10_000
    private static let level = 0.025

    /// Bounds of a count of misses that chance leaves in 999 of 1000 cases, and whether a count is within.
    private func isExpected(_ misses: Int, probability: Double) -> Bool {
        BinomialInterval.interval(count: misses, of: Self.runs, level: 0.001).contains(probability)
    }

    @Test("pairs: each bound misses as often as the exact distribution says", arguments: Noise.Shape.allCases)
    func pairs(shape: Noise.Shape) throws {
        for (seed, count) in [8, 15, 30].enumerated() {
            // Not the same random numbers in every case: chance would hit all of them or none.
            var noise = Noise(seed: UInt64(31 + seed) ^ UInt64(shape.rawValue.utf8.first ?? 0) << 32)
            let rank = SignedRankDistribution.rank(level: Self.level, count: count)
            let expected = SignedRankDistribution.probability(atMost: rank - 1, count: count)
            #expect(expected <= Self.level)
            var (below, above) = (0, 0)
            for _ in 0..<Self.runs {
                // The difference of two like values is symmetric about the truth, 0.3, whatever each is like.
                let differences = (0..<count).map { _ in 0.3 + noise.value(shape) - noise.value(shape) }
                let estimate = try #require(SignedRankEstimate(differences))
                if estimate.isAbove(0.3, level: Self.level) { below += 1 }
                if estimate.isBelow(0.3, level: Self.level) { above += 1 }
            }
            #expect(isExpected(below, probability: expected) && isExpected(above, probability: expected))
        }
    }

    @Test("pairs with many equal differences and zeros: a bound misses no more often than promised")
    func ties() throws {
        var noise = Noise(seed: 32)
        var (below, above) = (0, 0)
        for _ in 0..<Self.runs {
            let differences = (0..<20).map { _ in (noise.normal() * 0.7).rounded() }
            let estimate = try #require(SignedRankEstimate(differences))
            if estimate.isAbove(0, level: Self.level) { below += 1 }
            if estimate.isBelow(0, level: Self.level) { above += 1 }
        }
        for misses in [below, above] {
            #expect(BinomialInterval.lowerBound(count: misses, of: Self.runs, level: 0.001) <= Self.level)
        }
    }

    @Test("two groups: a bound misses no more often than promised, and not much less", arguments: Noise.Shape.allCases)
    func groups(shape: Noise.Shape) throws {
        var noise = Noise(seed: 33)
        var (below, above) = (0, 0)
        for _ in 0..<Self.runs {
            let before = (0..<12).map { _ in noise.value(shape) }
            let after = (0..<15).map { _ in 0.3 + noise.value(shape) }
            let estimate = try #require(RankSumEstimate(before: before, after: after))
            if estimate.isAbove(0.3, level: Self.level) { below += 1 }
            if estimate.isBelow(0.3, level: Self.level) { above += 1 }
        }
        for misses in [below, above] {
            #expect(BinomialInterval.lowerBound(count: misses, of: Self.runs, level: 0.001) <= Self.level)
            #expect(BinomialInterval.upperBound(count: misses, of: Self.runs, level: 0.001) >= Self.level * 0.9)
        }
    }
}
