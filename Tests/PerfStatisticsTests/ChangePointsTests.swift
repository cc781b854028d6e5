import PerfStatistics
import Testing

@Suite("Change points") struct ChangePointsTests {
    @Test("they are those of apache-otava, with its divergences")
    func reference() throws {
        for row in try Reference.all.get().changePoints {
            let first = ChangePoints(of: row.values, level: 1, permutations: 0, leastAfter: 1)
            let best = try #require(first.points.max { $0.divergence < $1.divergence })
            #expect(agree(best.divergence, row.divergence) || best.divergence >= row.divergence, "\(row.name)")
            #expect(first.points.contains { $0.index == row.first && agree($0.divergence, row.divergence) })
            let found = ChangePoints(of: row.values, leastAfter: 1).points
            #expect(found.map(\.index) == row.points, "\(row.name)")
            #expect(zip(found.map(\.divergence), row.divergences).allSatisfy(agree), "\(row.name)")
        }
    }

    @Test("a change waits for three results behind it")
    func lateChange() {
        let before = (0..<30).map { 1 + 0.01 * Double($0 % 3) }
        #expect(ChangePoints(of: before + [2, 2.01]).points.isEmpty)
        #expect(ChangePoints(of: before + [2, 2.01, 2]).points.map(\.index) == [30])
    }

    @Test("series without changes have none more often than promised (simulated, fixed seed)")
    func falseAlarms() {
        var random = SplitMix64(seed: 9)
        let alarms = (0..<300).count { round in
            let series = (0..<20).map { _ in Double.random(in: 0...1, using: &random) }
            return !ChangePoints(of: series, level: 0.05, permutations: 19, seed: UInt64(round)).points.isEmpty
        }
        // 5% of 300 are 15 with a standard deviation of 3.8; four of these.
        #expect(alarms <= 30)
        #expect(alarms >= 1)
    }

    @Test("nothing, one value, equal, huge and senseless values do not trap")
    func degenerate() {
        for series in [
            [], [1], [1, 1], Array(repeating: 5, count: 30), [1, .nan, 2], [.infinity, 1],
            [1e308, -1e308, 1e308, -1e308], [0, .leastNonzeroMagnitude, 0, .leastNonzeroMagnitude],
        ] as [[Double]] {
            #expect(ChangePoints(of: series).points.isEmpty, "\(series)")
        }
        let step = Array(repeating: 1.0, count: 10) + Array(repeating: 2.0, count: 10)
        #expect(ChangePoints(of: step).points.map(\.index) == [10])
        #expect(ChangePoints(of: step) == ChangePoints(of: step))
    }
}
