import FoundationEssentials
import PerfLinux
import PerfModel
import Testing

@testable import PerfBaselines

/// PerfBenchmark's side of the protocol, in an executable that uses it.
@Suite("benchmarks in Swift", .tags(.live), .timeLimit(.minutes(15)))
struct SwiftBenchmarksTests {
    private static let program =
        String(#filePath.split(separator: "/Tests/")[0]) + "/.build/debug/perfdoctor-benchmarks"

    private func observe(
        benchmark: String? = nil, _ environment: [String] = [], arguments: [String] = []
    ) throws -> Observation {
        try BenchmarkRunner().observe(
            BenchmarkCommand(
                arguments: [Self.program] + arguments, environment: environment, benchmark: benchmark))
    }

    @Test("names its benchmarks without running them")
    func list() throws {
        let reports = try observe(["PERFDOCTOR_BENCHMARK_LIST=1"]).reports
        #expect(reports.benchmarks == ["sum", "reverse", "told", "fails"])
        #expect(reports.reports.isEmpty)
    }

    @Test("runs the one that is asked for, long enough, and reports what one iteration took")
    func one() throws {
        let observation = try observe(benchmark: "sum")
        #expect(observation.isSuccess)
        #expect(observation.reports.problems.isEmpty)
        let reports = observation.reports.reports
        #expect(reports.map(\.metric) == ["cpu_time", "wall_time"])
        #expect(Set(reports.map(\.benchmark)) == ["sum"])
        #expect(reports[0].parameters == ["size": "1000"])
        #expect(reports[0].clock == "process_cpu")
        // The last run of the calibration, of half as many iterations or as many, lasted 20 ms.
        let total = reports[0].values[0] * Double(reports[0].innerIterations)
        #expect(total <= observation.cpuTime)
        #expect(reports[0].innerIterations > 100)
    }

    @Test("reports what the benchmark records")
    func recorded() throws {
        let reports = try observe(benchmark: "told", ["PERFDOCTOR_BENCHMARK_ITERATIONS=7"]).reports.reports
        let rows = try #require(reports.first { $0.metric == "rows" })
        #expect(rows.values == [42])
        #expect(rows.kind == .deterministic)
        #expect(rows.innerIterations == 7)
        let latency = try #require(reports.first { $0.metric == "latency" }?.histogram)
        #expect(latency.counts.map { [$0.value, $0.count] } == [[1000, 7]])
    }

    @Test("an input of its own for each iteration")
    func setup() throws {
        #expect(try observe(benchmark: "reverse").reports.reports.map(\.metric) == ["cpu_time", "wall_time"])
    }

    @Test("a benchmark that throws is a failure with its reason, and has no time")
    func failure() throws {
        let observation = try observe(benchmark: "fails", arguments: ["--fail"])
        #expect(!observation.isSuccess)
        #expect(observation.reports.failures.first?.hasPrefix("fails: ") ?? false)
        #expect(observation.reports.reports.isEmpty)
    }
}
