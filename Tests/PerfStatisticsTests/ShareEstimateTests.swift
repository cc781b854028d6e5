import PerfStatistics
import Testing

@Suite("Share of samples")
struct ShareEstimateTests {
    /// Intervals that statsmodels computed.
    ///
    ///     from statsmodels.stats.proportion import proportion_confint
    ///     proportion_confint(count, total, 0.05, "wilson")
    static let known: [(count: Int64, total: Int64, low: Double, high: Double)] = [
        (0, 10, 0.0, 0.27753279986288926),
        (1, 10, 0.017876213095072924, 0.40415002679523854),
        (5, 10, 0.23659309051256394, 0.7634069094874361),
        (10, 10, 0.7224672001371106, 1.0),
        (1, 1, 0.2065493143772374, 1.0),
        (0, 1, 0.0, 0.7934506856227627),
        (37, 999, 0.02698828704448876, 0.05063261517891243),
        (700, 1000, 0.6708761390827828, 0.7275931575229951),
        (1, 1_000_000, 1.7652457674537176e-07, 5.664911804311445e-06),
        (999_999, 1_000_000, 0.9999943350881957, 0.9999998234754233),
        (123_456_789, 987_654_321, 0.12497937481222153, 0.12502062582676127),
    ]

    @Test("has the interval that statsmodels computes", arguments: known)
    func interval(row: (count: Int64, total: Int64, low: Double, high: Double)) {
        let estimate = ShareEstimate(count: row.count, of: row.total)
        #expect(estimate.share == Double(row.count) / Double(row.total))
        #expect(abs(estimate.low - row.low) < 1e-12)
        #expect(abs(estimate.high - row.high) < 1e-12)
    }

    /// Expected values are of the same function with Kish's effective size.
    ///
    ///     w = numpy.array([1, 1, 1, 1, 10, 3, 0.5]); n = w.sum()**2 / (w**2).sum(); p = 10.5 / w.sum()
    ///     proportion_confint(p * n, n, 0.05, "wilson")
    @Test("counts few heavy samples as less than many light ones")
    func weighted() {
        var tally = WeightTally()
        for weight in [1, 1, 1, 1, 10, 3, 0.5] { tally.add(weight: weight) }
        #expect(abs(tally.effectiveCount - 2.704194260485651) < 1e-12)
        let estimate = ShareEstimate(weight: 10.5, of: tally)
        #expect(estimate.share == 0.6)
        #expect(abs(estimate.low - 0.1614531119371831) < 1e-12)
        #expect(abs(estimate.high - 0.9211725398334802) < 1e-12)
    }

    @Test("equal weights give the interval of the plain count, merged or not")
    func equalWeights() {
        var apart = WeightTally()
        for _ in 0..<10 { apart.add(weight: 1_001_001) }
        var merged = WeightTally()
        merged.add(weight: 7 * 1_001_001, count: 7)
        merged.add(weight: 3 * 1_001_001, count: 3)
        let plain = ShareEstimate(count: 7, of: 10)
        for tally in [apart, merged] {
            let estimate = ShareEstimate(weight: 7 * 1_001_001, of: tally)
            #expect(abs(estimate.low - plain.low) < 1e-12)
            #expect(abs(estimate.high - plain.high) < 1e-12)
        }
    }

    @Test("knows nothing without samples, and survives senseless input")
    func degenerate() {
        let nothing = ShareEstimate(count: 0, of: 0)
        #expect((nothing.low, nothing.high) == (0, 1))
        var tally = WeightTally()
        tally.add(weight: -1)
        tally.add(weight: .nan)
        tally.add(weight: .infinity)
        tally.add(weight: 1, count: 0)
        #expect(tally == WeightTally())
        #expect(ShareEstimate(weight: 5, of: tally).high == 1)
        tally.add(weight: 1)
        #expect(ShareEstimate(weight: 5, of: tally).share == 1)
        #expect(ShareEstimate(weight: -5, of: tally).share == 0)
    }
}
