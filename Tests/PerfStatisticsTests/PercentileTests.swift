import PerfStatistics
import Testing

@Suite("Percentile")
struct PercentileTests {
    /// Made with NumPy: `[numpy.percentile(values, p) for p in (0, 25, 50, 90, 99, 100)]`.
    static let known: [(values: [Double], percentiles: [Double])] = [
        ([3], [3, 3, 3, 3, 3, 3]),
        ([1, 2], [1, 1.25, 1.5, 1.9, 1.99, 2]),
        ([1, 2, 4, 8, 16], [1, 2, 4, 12.8, 15.68, 16]),
        ([-5.5, 0, 0, 7.25], [-5.5, -1.375, 0, 5.075, 7.0325, 7.25]),
    ]

    @Test("has the values that NumPy computes", arguments: known)
    func values(row: (values: [Double], percentiles: [Double])) throws {
        for (ratio, expected) in zip([0, 0.25, 0.5, 0.9, 0.99, 1], row.percentiles) {
            let value = try #require(Percentile.value(at: ratio, ofSorted: row.values))
            #expect(abs(value - expected) < 1e-12)
        }
    }

    @Test("is nil without values and out of range")
    func degenerate() {
        #expect(Percentile.value(at: 0.5, ofSorted: []) == nil)
        #expect(Percentile.value(at: -0.1, ofSorted: [1]) == nil)
        #expect(Percentile.value(at: 1.1, ofSorted: [1]) == nil)
        #expect(Percentile.value(at: .nan, ofSorted: [1]) == nil)
    }
}
