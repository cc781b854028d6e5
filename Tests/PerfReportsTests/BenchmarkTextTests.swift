import PerfBaselines
import PerfModel
import PerfReports
import Testing

/// What `bench` prints for people.
@Suite("text of benchmark results") struct BenchmarkTextTests {
    private func series(
        _ benchmark: String, _ metric: String, _ unit: String, _ values: [Double],
        kind: MetricSeries.Kind = .sampled, warmup: Int = 2, innerIterations: Int = 1,
        parameters: [String: String] = [:]
    ) -> MetricSeries {
        MetricSeries(
            id: MetricSeries.ID(suite: "", benchmark: benchmark, parameters: parameters), metric: metric, unit: unit,
            kind: kind, warmup: warmup, innerIterations: innerIterations,
            samples: values.enumerated().map { MetricSeries.Sample(process: $0, order: $0, value: $1) })
    }

    /// Around a value, within half a percent.
    private func values(around value: Double, _ count: Int = 12) -> [Double] {
        (0..<count).map { index in
            let step = Double(index * 7 % 11 - 5)
            return value * (1 + 0.001 * step)
        }
    }

    /// A command with all that bench measures of it.
    private func command(_ name: String, milliseconds: Double, parameters: [String: String] = [:]) -> [MetricSeries] {
        [
            series(name, "wall_time", "ns", values(around: milliseconds * 1.1e6), parameters: parameters),
            series(name, "cpu_time", "ns", values(around: milliseconds * 1e6), parameters: parameters),
            series(name, "peak_rss", "bytes", values(around: 12_582_912), parameters: parameters),
            series(name, "off_cpu_ratio", "ratio", values(around: 0.09), parameters: parameters),
            series(name, "minor_faults", "count", values(around: 1234), parameters: parameters),
            series(
                name, "allocations", "count", [1204, 1204, 1204], kind: .deterministic, parameters: parameters),
        ]
    }

    private func golden(
        _ name: String, _ result: BenchmarkResult, comparesCommands: Bool = true, width: Int? = nil,
        usesColor: Bool = false
    ) throws {
        let text = BenchmarkText(result, comparesCommands: comparesCommands, width: width, usesColor: usesColor).text
        try Golden.expect(Array(text.utf8), equals: "bench-\(name).text")
    }

    @Test("two commands: which is faster, how sure that is, and the numbers of each")
    func two() throws {
        let result = BenchmarkResult(
            series: command("parse-old big.json", milliseconds: 24) + command("parse-new big.json", milliseconds: 18))
        try golden("two", result)
        try golden("two-color", result, usesColor: true)
    }

    @Test("three: the fastest, what is as fast as it as far as one can tell, and what is slower")
    func three() throws {
        let series =
            command("a", milliseconds: 10) + command("b", milliseconds: 10.002)
            + command("c", milliseconds: 31, parameters: ["size": "100"])
        try golden("three", BenchmarkResult(series: series))
    }

    @Test("benchmarks of an executable: histograms, repetitions, values below one, counts that differ, no comparison")
    func executable() throws {
        let id = MetricSeries.ID(suite: "json", benchmark: "parse")
        let histogram = LatencyHistogram(
            significantDigits: 3, lowest: 1, highest: 3_600_000_000_000,
            counts: [.init(value: 900, count: 900), .init(value: 1500, count: 90), .init(value: 90_000, count: 10)])
        let result = BenchmarkResult(
            series: [
                series("dates", "cpu_time", "ns", values(around: 2.5), innerIterations: 100_000),
                series("dates", "throughput", "1/s", values(around: 41.25)),
                series("dates", "system_calls", "count", [61, 62, 61, 64, 65], kind: .deterministic),
                MetricSeries(
                    id: id, metric: "latency", unit: "ns", kind: .histogram, histogram: histogram),
                MetricSeries(
                    id: id, metric: "queue", unit: "items", kind: .histogram,
                    histogram: LatencyHistogram(significantDigits: 1, lowest: 1, highest: 9, counts: [])),
                series("dates", "hash_load", "items", values(around: 0.75)),
            ])
        try golden("executable", result, comparesCommands: false)
    }

    @Test("doubts are wrapped with their remedies, names cannot drive a terminal, one run is no comparison")
    func doubts() throws {
        let hostile = "x\u{1B}[31m\n"
        let result = BenchmarkResult(
            series: [
                series(hostile, "wall_time", "ns", [1e6], warmup: 0), series("y", "wall_time", "ns", [2e6], warmup: 0),
            ],
            warnings: [
                Warning(
                    code: "busy",
                    message: "others used 1.2 of 2 CPUs while it was measured, so that wall times say little",
                    remedy: "run it on a quiet machine, or compare CPU times"),
                Warning(code: "failed_runs", message: hostile, remedy: hostile),
            ])
        try golden("doubts", result, width: 60)
        let text = BenchmarkText(result, comparesCommands: true, width: nil, usesColor: false).text
        #expect(!text.unicodeScalars.contains("\u{1B}"))
    }

    @Test("nothing measured is an empty line, not a crash")
    func nothing() {
        let text = BenchmarkText(
            BenchmarkResult(series: []), comparesCommands: true, width: 80, usesColor: false
        ).text
        #expect(text == "\n")
    }
}
