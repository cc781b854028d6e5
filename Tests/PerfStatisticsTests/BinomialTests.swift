import PerfStatistics
import Testing

@Suite("Binomial intervals") struct BinomialTests {
    @Test("the incomplete beta function is that of SciPy, and its quantile its inverse")
    func beta() throws {
        for row in try Reference.all.get().beta {
            let value = IncompleteBeta.value(row.x, row.a, row.b)
            #expect(abs(value - row.value) < 1e-9, "\(row)")
            guard value > 1e-12, value < 1 - 1e-9 else { continue }
            #expect(abs(IncompleteBeta.quantile(value, row.a, row.b) - row.x) < 1e-9, "\(row)")
        }
    }

    @Test("Clopper and Pearson's interval is that of SciPy")
    func clopperPearson() throws {
        for row in try Reference.all.get().binomial {
            let interval = BinomialInterval.interval(count: row.count, of: row.total, level: row.level)
            #expect(abs(interval.lowerBound - row.low) < 1e-9, "\(row)")
            #expect(abs(interval.upperBound - row.high) < 1e-9, "\(row)")
        }
        #expect(BinomialInterval.interval(count: 0, of: 0, level: 0.05) == 0...1)
        #expect(BinomialInterval.interval(count: 9, of: 3, level: 0.05).upperBound == 1)
        #expect(BinomialInterval.interval(count: -9, of: 3, level: 0.05).lowerBound == 0)
        // None of 665: the rule of three, nearly.
        #expect(abs(BinomialInterval.upperBound(count: 0, of: 665, level: 0.05) - 0.0045) < 1e-4)
    }

    @Test("the ranks around a quantile are those of SciPy's binomial distribution")
    func quantileRanks() throws {
        for row in try Reference.all.get().quantileRanks {
            let bounds = QuantileRanks.bounds(of: row.ratio, count: row.count, level: row.level)
            #expect(bounds?.lowerBound == row.low && bounds?.upperBound == row.high, "\(row)")
        }
        for ratio in [-1, 0, 1, Double.nan] {
            #expect(QuantileRanks.bounds(of: ratio, count: 10, level: 0.05) == nil)
        }
        #expect(QuantileRanks.leastCount(for: 0.99).rounded() == 1000)
        // Where the exact ranks end, they go on without a step.
        for ratio in [0.5, 0.99] {
            let exact = QuantileRanks.bounds(of: ratio, count: 1_000_000, level: 0.01)
            let normal = QuantileRanks.bounds(of: ratio, count: 1_000_001, level: 0.01)
            #expect(abs((exact?.lowerBound ?? 0) - (normal?.lowerBound ?? 9)) <= 4)
            #expect(abs((exact?.upperBound ?? 0) - (normal?.upperBound ?? 9)) <= 4)
        }
    }
}
