import PerfModel
import Testing

@testable import PerfBaselines

@Suite("trend of a baseline")
struct BaselineTrendTests {
    private let id = MetricSeries.ID(suite: "json", benchmark: "parse", parameters: ["n": "10"])

    private func version(
        _ value: Double, metric: String = "cpu_time", unit: String = "ns", number: Int = 0, swift: String? = nil,
        benchmarkVersion: String? = nil
    ) -> BaselineVersion {
        var series = MetricSeries.observed(id, metric, unit, [value - 1, value, value + 1])
        series.benchmarkVersion = benchmarkVersion
        var result = BenchmarkResult(series: [series], startedAt: Int64(number) * 86_400_000_000_000)
        result.subject.swiftVersion = swift
        result.provenance = BenchmarkResult.Provenance(sha256: "\(number) \(value) \(metric)")
        return .whole(StoredBaseline(name: "a", machineClass: "m", location: "x", result: result))
    }

    private func trend(_ versions: [BaselineVersion], benchmark: String? = nil, metric: String? = nil) -> BaselineTrend
    {
        var builder = TrendBuilder()
        for (index, version) in versions.enumerated() { builder.add(version, commit: "c\(index)", time: 7) }
        return builder.trend(name: "a", machineClass: "m", benchmark: benchmark, metric: metric)
    }

    /// Around a level, by less than a percent.
    private func noisy(_ level: Double, _ count: Int) -> [Double] {
        let steps = [-2.0, 0, 2, -1, 1]
        return (0..<count).map { index in level + level * 0.002 * steps[index % 5] }
    }

    @Test("finds a change, where it was, how large it is, and whether it is for the worse")
    func change() throws {
        let values = noisy(1000, 15) + noisy(1041, 10)
        let series = try #require(trend(values.enumerated().map { version($1, number: $0) }).series.first)
        #expect(series.points.map(\.value) == values && series.points.allSatisfy { $0.count == 3 })
        let change = try #require(series.changes.first)
        #expect(series.changes.count == 1 && change.index == 15 && change.isWorse && change.probability <= 0.01)
        let ratio = try #require(change.ratio)
        #expect(abs(ratio - 1.041) < 0.001 && change.circumstances.isEmpty)
        // Higher is better: less is worse.
        let faster = values.map { 1e6 / $0 }.enumerated().map { version($1, metric: "throughput", number: $0) }
        let other = try #require(trend(faster).series.first)
        #expect(other.changes.map(\.isWorse) == [true] && (other.changes[0].ratio ?? 1) < 1)
    }

    @Test("noise is no change, nor is what has fewer than three results behind it, nor a series that never moved")
    func calm() throws {
        for values in [noisy(1000, 30), noisy(1000, 20) + [1300, 1301], Array(repeating: 5, count: 40)] {
            let series = try #require(trend(values.enumerated().map { version($1, number: $0) }).series.first)
            #expect(series.changes.isEmpty, "\(values)")
        }
        let three = noisy(1000, 20) + [1300, 1301, 1302]
        let series = try #require(trend(three.enumerated().map { version($1, number: $0) }).series.first)
        #expect(series.changes.map(\.index) == [20])
    }

    @Test("a change says what else changed there")
    func circumstances() throws {
        let values = noisy(1000, 12) + noisy(1100, 12)
        let versions = values.enumerated().map {
            version(
                $1, number: $0, swift: $0 < 12 ? "6.2" : "6.3", benchmarkVersion: $0 < 12 ? "one" : "two")
        }
        let change = try #require(trend(versions).series.first?.changes.first)
        #expect(change.circumstances == ["the benchmark itself changed there", "built with Swift 6.3 instead of 6.2"])
    }

    @Test("a version that is stored once more counts once, a broken one is left out and said")
    func versions() throws {
        let trend = trend([
            version(1, number: 1), version(1, number: 1), .broken(location: "x", reason: "x is damaged"),
            version(2, number: 2),
        ])
        #expect(trend.versionCount == 2 && trend.series[0].points.map(\.value) == [1, 2])
        #expect(trend.series[0].points.map(\.commit) == ["c0", "c3"])
        #expect(trend.warnings.map(\.message) == ["1 version left out: x is damaged"])
    }

    @Test("keeps units apart, and finds series by benchmark and metric")
    func chosen() {
        let versions = [
            version(1, number: 1), version(2, unit: "s", number: 2), version(3, metric: "peak_rss", number: 3),
        ]
        #expect(trend(versions).series.map(\.unit) == ["ns", "s", "ns"])
        #expect(trend(versions, metric: "peak_rss").series.map { $0.points[0].value } == [3])
        for name in ["json/parse[n=10]", "parse"] { #expect(trend(versions, benchmark: name).series.count == 3) }
        #expect(trend(versions, benchmark: "pars").series.isEmpty)
    }
}
