import Testing

@testable import PerfModel

@Suite("objectives as expressions")
struct SLOExpressionTests {
    private static let metrics = [
        SLOExpression.Metric(name: "latency", unit: "ns"), .init(name: "cpu_time", unit: "ns"),
        .init(name: "throughput", unit: "1/s"), .init(name: "success_rate", unit: "ratio"),
        .init(name: "peak_rss", unit: "bytes"), .init(name: "leaks", unit: "count"), .init(name: "a.b", unit: "count"),
    ]

    private func parsed(_ text: String) throws(SLOExpressionError) -> SLOExpression {
        try SLOExpression(parsing: text, metrics: Self.metrics)
    }

    @Test(
        "numbers are converted to the metric's unit without a rounding error",
        arguments: [
            ("p95 < 500ms", 500e6), ("p99 < 1s", 1e9), ("p99.9<0.1us", 100), ("latency <= 2 min", 120e9),
            ("cpu_time < 20 µs", 20e3), ("throughput >= 1000/s", 1000), ("throughput >= 600 req/min", 10),
            ("throughput > 1 MiB/s", 1_048_576), ("success_rate >= 99.9%", 0.999), ("success_rate == 1", 1),
            ("peak_rss < 512MiB", 536_870_912), ("peak_rss < 1.5 GB", 1.5e9), ("leaks == 0", 0), ("latency > 0", 0),
            ("leaks != 1e3", 1000), ("a.b.max < 3", 3),
        ])
    func limits(text: String, limit: Double) throws {
        let expression = try parsed(text)
        #expect(expression.limit == limit && expression.selector == nil && expression.text == text)
    }

    @Test("what it is about, which statistic, which comparison")
    func parts() throws {
        let plain = try parsed("  json/parse[size=1:2]: p95 < 3 ms ")
        #expect(plain.selector == "json/parse[size=1:2]" && plain.metric == nil && plain.statistic == .percentile(0.95))
        #expect(plain.condition == "p95 < 3 ms" && plain.text == "json/parse[size=1:2]: p95 < 3 ms")
        #expect(try parsed("http://h:80/: latency.p999 < 3ms").statistic == .percentile(0.999))
        #expect(try parsed("std::sort<int>: cpu_time.mean != 3ms").comparator == .unequal)
        #expect(try parsed("cpu_time < 20ms").statistic == .typical)
        #expect(try parsed("latency.min >= 1ns").statistic == .minimum)
        #expect(SLOExpression.Statistic.name(ofPercentile: 0.999) == "p99.9")
    }

    @Test(
        "what cannot be read is an error with its column and what was probably meant",
        arguments: [
            ("", 1, "write one"), ("x: ", 4, "write one"), ("cpu_tim < 3ms", 1, "did you mean 'cpu_time'?"),
            ("latency.p99.9.9 < 3ms", 9, "p99.9"), ("p0 < 3ms", 1, "write p50"), ("p100 < 3ms", 1, "write p50"),
            ("p95", 4, "use one of"), ("p95 = 3ms", 5, "use one of"), ("p95 =< 3ms", 5, "use one of"),
            ("p95 <", 6, "500ms"), ("p95 < x", 7, "500ms"), ("p95 < 3", 7, "a time in ns"),
            ("p95 < 3 parsec", 9, "a time in ns"), ("p95 < 3MiB", 8, "a time in ns"),
            ("throughput > 5", 14, "a rate"), ("peak_rss < 5ms", 13, "512MiB"), ("leaks < 5%", 10, "without a unit"),
            ("p95 < 1e999s", 7, "500ms"), ("p95 < 1..2s", 7, "500ms"), ("latency.maxx < 1s", 9, "did you mean 'max'?"),
        ])
    func errors(text: String, column: Int, remedy: String) {
        let error = #expect(throws: SLOExpressionError.self) { try parsed(text) }
        #expect(error?.column == column, "\(error?.summary ?? "")")
        #expect(error?.remedy?.contains(remedy) == true, "\(error?.remedy ?? "")")
        #expect(error?.exitCode == .usage)
    }

    @Test("comparisons hold for numbers that differ by rounding alone")
    func comparisons() {
        #expect(SLOExpression.Comparator.greaterOrEqual.holds(1 - 0.001, 0.999))
        #expect(!SLOExpression.Comparator.less.holds(0.1 + 0.2, 0.3))
        #expect(SLOExpression.Comparator.equal.holds(0.1 + 0.2, 0.3) && SLOExpression.Comparator.equal.holds(0, 0))
        #expect(SLOExpression.Comparator.unequal.holds(1, 0) && SLOExpression.Comparator.less.holds(1, 2))
        #expect(SLOExpression.Comparator.lessOrEqual.holds(2, 2) && SLOExpression.Comparator.greater.holds(2, 1))
    }

    @Test("no text is a crash, whatever it is made of")
    func damage() {
        let parts = [
            "p95", "p", "latency", ".", ":", "<", "=", ">", "!", "3", "ms", "%", "/s", " ", "e", "-", "\u{1B}", "é",
            "99", "*",
        ]
        var fixed: UInt64 = 0x5DEE_CE66
        func next(_ bound: Int) -> Int {
            fixed = fixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(fixed >> 33) % bound
        }
        for _ in 0..<5000 {
            let text = (0...next(8)).map { _ in parts[next(parts.count)] }.joined()
            do throws(SLOExpressionError) { #expect(try parsed(text).limit.isFinite) } catch {
                #expect(error.column >= 1 && error.summary == error.summary.printable)
            }
        }
    }
}
