import PerfModel
import Testing

@testable import PerfProbes

/// Quantiles of histograms against values computed by hand, as histogram_quantile of Prometheus gives them.
@Suite("Histogram counts")
struct HistogramCountsTests {
    static func counts(
        _ buckets: [(Double, Double)], total: Double? = nil, sum: Double? = nil
    ) throws -> HistogramCounts {
        try #require(HistogramCounts(buckets: buckets.map { (bound: $0.0, count: $0.1) }, count: total, sum: sum))
    }

    /// 100 observations: 10 to 0.1, 50 from there to 0.5, 30 to 1, 10 above.
    static func hundred() throws -> HistogramCounts {
        try counts([(0.1, 10), (0.5, 60), (1, 90), (.infinity, 100)], sum: 55)
    }

    @Test("a quantile is linear in its bucket, and unknown in that of +Inf")
    func quantiles() throws {
        let counts = try Self.hundred()
        // Rank 50 is the 40th of 50 between 0.1 and 0.5: 0.1 + 0.4 * 40 / 50.
        #expect(counts.quantile(0.5).least.map { abs($0 - 0.42) < 1e-12 } == true)
        // Rank 5 of 10 between 0 and 0.1.
        #expect(counts.quantile(0.05) == .value(0.05))
        // The last rank of a bucket is its bound.
        #expect(counts.quantile(0.6) == .value(0.5))
        #expect(counts.quantile(0.9) == .value(1))
        #expect(counts.quantile(0.95) == .above(1))
        #expect(MetricsWords.text(counts.quantile(0.95), of: "x_seconds") == "> 1.00 s")
        #expect(counts.mean == 0.55)
        #expect(counts.largest == .above(1))
    }

    @Test("the same as the tests of histogram_quantile in Prometheus")
    func reference() throws {
        // promql/promqltest/testdata/histograms.test: buckets 0.1: 5, 0.2: 12, +Inf: 12 of a rate over time.
        let counts = try Self.counts([(0.1, 5), (0.2, 12), (.infinity, 12)])
        // Rank 6: 0.1 + 0.1 * (6 - 5) / 7.
        #expect(counts.quantile(0.5).least.map { abs($0 - (0.1 + 0.1 / 7)) < 1e-12 } == true)
        #expect(counts.largest == .value(0.2))
        // A first bound that is not positive is the answer.
        #expect(try Self.counts([(-0.5, 4), (0, 4), (.infinity, 4)]).quantile(0.5) == .value(-0.5))
        // More in a smaller bucket, of a scrape that is not of one moment.
        #expect(try Self.counts([(1, 10), (2, 8), (.infinity, 20)]).quantile(0.5) == .value(1))
    }

    @Test("too few observations give no quantile, and none at all none")
    func few() throws {
        #expect(try Self.counts([(1, 19), (.infinity, 19)]).quantile(0.95) == .unknown)
        #expect(try Self.counts([(1, 20), (.infinity, 20)]).quantile(0.95) == .value(0.95))
        #expect(try Self.counts([(1, 1), (.infinity, 1)]).quantile(0.5) == .value(0.5))
        #expect(try Self.counts([(1, 0), (.infinity, 0)]).quantile(0.5) == .unknown)
        #expect(try Self.counts([(.infinity, 50)]).quantile(0.5) == .unknown)
    }

    @Test("differences: later minus earlier, all of it after a reset, shared bounds of other buckets")
    func changes() throws {
        let first = try Self.hundred()
        let last = try Self.counts([(0.1, 15), (0.5, 100), (1, 130), (.infinity, 140)], sum: 75)
        let change = last.change(since: first)
        #expect(change.counts == [5, 40, 40] && change.total == 40 && change.sum == 20)
        #expect(!last.isReset(since: first) && first.isReset(since: last))
        #expect(first.change(since: last) == first)
        #expect(last.change(since: nil) == last)
        // One bucket that fell is a reset, whatever the total says.
        let odd = try Self.counts([(0.1, 9), (0.5, 100), (1, 130), (.infinity, 140)])
        #expect(odd.isReset(since: first))
        let other = try Self.counts([(0.5, 70), (2, 110), (.infinity, 120)], sum: 60)
        #expect(other.change(since: first).bounds == [0.5])
        #expect(other.change(since: first).counts == [10])
        #expect(other.adding(first).counts == [130])
    }

    @Test("a limit that is no bound has bounds around it")
    func gaps() throws {
        let counts = try Self.hundred()
        #expect(counts.gap(around: 0.5) == nil)
        #expect(counts.gap(around: 0.1 + 0.4) == nil)
        let gap = try #require(counts.gap(around: 0.3))
        #expect(gap.lower == 0.1 && gap.upper == 0.5)
        #expect(try #require(counts.gap(around: 3)).upper == nil)
    }

    @Test("numbers that are none make no histogram, whatever order they come in")
    func broken() throws {
        #expect(HistogramCounts(buckets: [(bound: 1, count: .nan)], count: 1, sum: nil) == nil)
        #expect(HistogramCounts(buckets: [(bound: 1, count: 1)], count: nil, sum: nil) == nil)
        #expect(HistogramCounts(buckets: [(bound: .infinity, count: -1)], count: nil, sum: nil) == nil)
        let counts = try Self.counts([(.infinity, 3), (2, 2), (1, 1), (.nan, 9), (2, 2)])
        #expect(counts.bounds == [1, 2] && counts.counts == [1, 2])
    }
}
