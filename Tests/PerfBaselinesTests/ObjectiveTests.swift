import PerfModel
import Testing

@testable import PerfBaselines

@Suite("objectives of results")
struct ObjectiveTests {
    private func samples(_ name: String, _ metric: String, _ unit: String, _ values: [Double]) -> MetricSeries {
        .observed(MetricSeries.ID(suite: "json", benchmark: name), metric, unit, values)
    }

    private var result: BenchmarkResult {
        BenchmarkResult(series: [
            samples("parse", "cpu_time", "ns", [3, 1, 2].map { $0 * 1e6 }),
            samples("print", "cpu_time", "ns", [9, 9, 9].map { $0 * 1e6 }),
            samples("parse", "wall_time", "ns", (1...200).map { Double($0) * 1e6 }),
            samples("serve", "latency", "ns", (1...199).map { Double($0) * 1e6 }),
            samples("parse", "leaks", "count", [0]),
            samples("parse", "custom.rate", "1/s", [20]),
        ])
    }

    @Test("one violation is one; all have to be met; a benchmark is selected by its name or a pattern")
    func selection() throws {
        #expect(try result.evaluate("cpu_time < 5ms").isMet == false)
        #expect(try result.evaluate("cpu_time < 10 ms").isMet == true)
        #expect(try result.evaluate("json/parse: cpu_time < 5ms").isMet == true)
        #expect(try result.evaluate("parse: cpu_time < 5ms").isMet == true)
        #expect(try result.evaluate("json/p*: cpu_time < 5ms").comparisons.count == 2)
        #expect(try result.evaluate("*: leaks == 0").comparisons.map(\.channel) == [.leak])
        let missing = try result.evaluate("json/parsee: cpu_time < 5ms")
        #expect(missing.isMet == nil && missing.comparisons[0].verdict == .inconclusive)
        #expect(missing.comparisons[0].reason.contains("did you mean 'json/parse'?"))
    }

    @Test("a percentile alone is of the latency, else of the wall time, and needs ten observations beyond it")
    func percentiles() throws {
        let parse = try result.evaluate("parse: p95 < 191ms")
        #expect(parse.isMet == true && parse.comparisons.map(\.metric) == ["wall_time"])
        let serve = try result.evaluate("serve: p95 < 1s")
        #expect(
            serve.isMet == nil && serve.comparisons[0].reason.contains("p95 needs 200 observations, and there are 199"))
        #expect(try result.evaluate("p95 < 1s").isMet == nil)
        #expect(try result.evaluate("p95 < 1ms").isMet == false)
        #expect(try result.evaluate("parse: wall_time.max <= 200ms").isMet == true)
        #expect(try result.evaluate("parse: wall_time.p50 == 100.5ms").isMet == true)
        #expect(ObjectiveValue.needed(for: 0.95) == 200 && ObjectiveValue.needed(for: 0.999) == 10_000)
        #expect(ObjectiveValue.needed(for: 0.5) == 20 && ObjectiveValue.needed(for: 0.99) == 1000)
    }

    @Test("a histogram gives percentiles, and its counts are what they rest on")
    func histogram() throws {
        let series = MetricSeries(
            id: MetricSeries.ID(suite: "", benchmark: "serve"), metric: "latency", unit: "ns", kind: .histogram,
            histogram: LatencyHistogram(
                significantDigits: 3, lowest: 1, highest: 1_000_000_000,
                counts: [.init(value: 1_000_000, count: 950), .init(value: 9_000_000, count: 50)]))
        let result = BenchmarkResult(series: [series])
        #expect(try result.evaluate("p95 <= 1ms").isMet == true)
        #expect(try result.evaluate("p99 <= 1ms").isMet == false)
        #expect(try result.evaluate("p99.9 < 1s").isMet == nil)
        #expect(try result.evaluate("latency.mean == 1.4ms").isMet == true)
        #expect(try result.evaluate("latency == 1ms").isMet == true)
        #expect(try result.evaluate("p95 <= 1ms").comparisons[0].reason == "p95 1.00 ms meets <= 1.00 ms (n = 1,000)")
    }

    @Test("an objective of another unit than the result's is not known, and metrics of the result can be named")
    func units() throws {
        #expect(try result.evaluate("custom.rate >= 20/s").isMet == true)
        var other = result
        other.series[0].unit = "count"
        #expect(try other.evaluate("json/parse: cpu_time < 5ms").isMet == nil)
        #expect(try BenchmarkResult(series: []).evaluate("leaks == 0").isMet == nil)
        #expect(
            try result.evaluate("json/parse: leaks == 0").objective
                == .init(expression: "json/parse: leaks == 0", isMet: true))
    }

    @Test("objectives of a baseline: what a result does not have is not known, what is no expression is reported only")
    func ofBaselines() throws {
        for guide in GuideBaselines.all {
            let comparisons = BenchmarkResult(series: []).comparisons(with: guide.result.objectives)
            #expect(comparisons.count == guide.result.objectives.count)
            #expect(comparisons.allSatisfy { $0.verdict == .inconclusive && $0.isGated }, "\(guide.name)")
        }
        let k6 = try ResultAdapterTests.read("k6-summary-export.json").result
        #expect(k6.statedComparisons.map(\.verdict) == [.pass, .fail, .fail])
        #expect(k6.comparisons(with: k6.objectives).allSatisfy { !$0.isGated && $0.verdict == .inconclusive })
    }
}
