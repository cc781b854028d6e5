import PerfStatistics
import Testing

@Suite("Shifts by ranks") struct RankEstimateTests {
    private func check(_ estimate: some RankEstimate, _ expected: Double, _ bounds: [Reference.Bound]) {
        #expect(agree(estimate.estimate, expected))
        for bound in bounds {
            let low = estimate.lowerBound(level: bound.level)
            let high = estimate.upperBound(level: bound.level)
            #expect(agree(low, bound.low ?? -.infinity) || low == bound.low ?? -.infinity, "\(bound)")
            #expect(agree(high, bound.high ?? .infinity) || high == bound.high ?? .infinity, "\(bound)")
            guard low.isFinite else { continue }
            #expect(!estimate.isAbove(low, level: bound.level) && estimate.isAbove(low.nextDown, level: bound.level))
            #expect(!estimate.isBelow(high, level: bound.level) && estimate.isBelow(high.nextUp, level: bound.level))
        }
    }

    @Test("pairs have the estimate and the bounds that SciPy's signed-rank test gives")
    func signedRank() throws {
        for row in try Reference.all.get().signedRank {
            check(try #require(SignedRankEstimate(row.values)), row.estimate, row.bounds)
        }
    }

    @Test("two groups have the estimate and the bounds that SciPy's rank-sum test gives")
    func rankSum() throws {
        for row in try Reference.all.get().rankSum {
            check(try #require(RankSumEstimate(before: row.before, after: row.after)), row.estimate, row.bounds)
        }
    }

    @Test("bounds are single shifts of the sorted list, whatever values are equal, zero, tiny or huge")
    func selection() throws {
        var random = SplitMix64(seed: 3)
        let scales: [Double] = [1, .leastNormalMagnitude, 1e300, 0, -1]
        for round in 0..<200 {
            let scale = scales[round % scales.count]
            let x = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                scale * Double(Int.random(in: -3...3, using: &random))
            }
            let y = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                scale * Double.random(in: -3...3, using: &random)
            }
            let pairs = try #require(SignedRankEstimate(x))
            let averages = x.indices.flatMap { i in x[i...].map { x[i] / 2 + $0 / 2 } }.sorted()
            #expect((1...pairs.shiftCount).map { pairs.shift(rank: $0) } == averages)
            let groups = try #require(RankSumEstimate(before: x, after: y))
            let differences = x.flatMap { before in y.map { $0 - before } }.sorted()
            #expect((1...groups.shiftCount).map { groups.shift(rank: $0) } == differences)
        }
    }

    @Test("too few observations bound nothing, none or no numbers are no estimate")
    func degenerate() throws {
        #expect(SignedRankEstimate([Double]()) == nil)
        #expect(SignedRankEstimate([1, .nan]) == nil)
        #expect(SignedRankEstimate([1, .infinity]) == nil)
        #expect(RankSumEstimate(before: [1.0], after: [Double]()) == nil)
        #expect(RankSumEstimate(before: [.nan], after: [1.0]) == nil)
        let one = try #require(SignedRankEstimate([0.3]))
        #expect(one.estimate == 0.3)
        #expect(one.lowerBound(level: 0.4) == -.infinity)
        #expect(one.upperBound(level: 0.4) == .infinity)
        #expect(!one.isAbove(-1e9, level: 0.4) && !one.isBelow(1e9, level: 0.4))
        let huge = try #require(
            RankSumEstimate(before: [-Double.greatestFiniteMagnitude], after: [Double.greatestFiniteMagnitude]))
        #expect(huge.estimate > 0)
        let equal = try #require(SignedRankEstimate(Array(repeating: 0.0, count: 15)))
        #expect(equal.lowerBound(level: 0.002) == 0 && equal.upperBound(level: 0.002) == 0)
    }

    @Test("a distribution of ranks is one, and ranks grow with the level")
    func distributions() {
        for count in [1, 2, 15, 199, 200, 201, 1000] {
            let most = count * (count + 1) / 2
            #expect(SignedRankDistribution.probability(atMost: -1, count: count) == 0)
            #expect(SignedRankDistribution.probability(atMost: most, count: count) == 1)
            let middle = SignedRankDistribution.probability(atMost: (most - 1) / 2, count: count)
            #expect(middle > 0.3 && middle < 0.51)
            var last = 0
            for level in [1e-6, 1e-4, 0.002, 0.01, 0.05, 0.3] {
                let rank = SignedRankDistribution.rank(level: level, count: count)
                #expect(rank >= last && rank <= most / 2 + 1)
                #expect(SignedRankDistribution.probability(atMost: rank - 1, count: count) <= level * 1.001)
                #expect(SignedRankDistribution.probability(atMost: rank, count: count) > level * 0.999)
                last = rank
            }
        }
        // Where the exact distributions end, ranks go on within half a percent, and rather too low.
        let ranks = (199...202).map { SignedRankDistribution.rank(level: 0.002, count: $0) }
        let expected = 2 * ranks[1] - ranks[0]
        #expect(abs(ranks[2] - expected) <= expected / 200 && ranks[2] <= expected + 1, "\(ranks)")
        let groups = [48, 49, 50].map { RankSumDistribution.rank(level: 0.002, before: 20, after: $0) }
        let next = 2 * groups[1] - groups[0]
        #expect(abs(groups[2] - next) <= next / 50 && groups[2] <= next + 1, "\(groups)")
    }
}
