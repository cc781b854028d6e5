import PerfLinux
import PerfModel
import Synchronization
import Testing

@testable import PerfBaselines

/// Gives observations without running anything.
private final class ScriptedSource: ObservationSource, Sendable {
    struct Call: Hashable {
        var name: String
        var repetitions: Int
    }

    let calls = Mutex<[Call]>([])
    private let answer: @Sendable (BenchmarkCommand, Int) -> Observation

    /// `answer` is given the command and how often it was asked for before.
    init(_ answer: @escaping @Sendable (BenchmarkCommand, Int) -> Observation) { self.answer = answer }

    func observe(_ command: BenchmarkCommand, repetitions: Int) throws(SystemCallError) -> Observation {
        let earlier = calls.withLock { calls in
            defer { calls.append(Call(name: command.name, repetitions: repetitions)) }
            return calls.count { $0.name == command.name }
        }
        return answer(command, earlier)
    }

}

extension Observation {
    fileprivate static func lasting(milliseconds: Double) -> Observation {
        Observation(
            ending: .exit(0), isSuccess: true, userTime: milliseconds * 5e5, systemTime: 0, wallTime: milliseconds * 1e6
        )
    }
}

@Suite("measurement")
struct MeasurementTests {
    private func commands(_ names: String...) -> [BenchmarkCommand] {
        names.map { BenchmarkCommand(name: $0, arguments: [$0]) }
    }

    @Test("runs last three seconds together, and are ten at least")
    func adaptiveRuns() throws {
        let source = ScriptedSource { command, _ in .lasting(milliseconds: command.name == "slow" ? 2000 : 100) }
        var measurement = Measurement(source: source, plan: Measurement.Plan())
        let arms = try measurement.run(commands("slow", "fast")).arms
        #expect(arms.map { $0.observations.count } == [10, 30])
        #expect(arms.map { $0.warmup } == [1, 1])
        #expect(Set(arms.flatMap { $0.observations.map(\.order) }) == Set(0..<40))
    }

    @Test("what is too short is repeated within an observation")
    func repetitions() throws {
        let source = ScriptedSource { _, _ in .lasting(milliseconds: 0.5) }
        var plan = Measurement.Plan()
        plan.runs = 5
        var measurement = Measurement(source: source, plan: plan)
        let arms = try measurement.run(commands("short")).arms
        #expect(arms[0].repetitions == 40)
        #expect(source.calls.withLock { $0.map { $0.repetitions } } == [1, 40, 40, 40, 40, 40])
    }

    @Test("commands are interleaved: none is ever more than its share ahead, and the order is random")
    func interleaving() throws {
        let source = ScriptedSource { _, _ in .lasting(milliseconds: 100) }
        var plan = Measurement.Plan()
        plan.runs = 50
        var measurement = Measurement(source: source, plan: plan)
        _ = try measurement.run(commands("a", "b"))
        let order = source.calls.withLock { $0.dropFirst(2).map { $0.name } }
        for round in 0..<50 { #expect(Set(order[2 * round..<2 * round + 2]) == ["a", "b"]) }
        // Of 50 rounds in either order with equal chance, less than 5 begin alike once in 10^9 times.
        let first = (0..<50).count { order[2 * $0] == "a" }
        #expect((5...45).contains(first))
    }

    @Test("a command that fails is given up and never timed; the others go on")
    func failures() throws {
        let source = ScriptedSource { command, earlier in
            if command.name == "flaky", earlier == 4 { return Observation(ending: .exit(7), isSuccess: false) }
            if command.name == "broken" { return Observation(ending: .signal(11, dumpedCore: false), isSuccess: false) }
            return .lasting(milliseconds: 100)
        }
        var plan = Measurement.Plan()
        plan.runs = 8
        var measurement = Measurement(source: source, plan: plan)
        let arms = try measurement.run(commands("flaky", "broken", "good")).arms
        #expect(arms[0].failure == "run 4 exited with status 7, after 3 that did not")
        #expect(arms[0].observations.count == 3)
        #expect(arms[1].failure == "it was killed by SIGSEGV")
        #expect(arms[1].observations.isEmpty)
        #expect(arms[2].failure == nil)
        #expect(arms[2].observations.count == 8)
    }

    @Test("a stopped measurement keeps what it has")
    func cancellation() throws {
        let source = ScriptedSource { _, earlier in
            earlier == 3 ? Observation(ending: .cancelled, isSuccess: false) : .lasting(milliseconds: 100)
        }
        var measurement = Measurement(source: source, plan: Measurement.Plan())
        let outcome = try measurement.run(commands("a"))
        #expect(outcome.isCancelled)
        #expect(outcome.arms[0].observations.count == 2)
        #expect(outcome.arms[0].failure == nil)
    }

    @Test("results have every value in order, and what a program reports takes the place of its process's")
    func results() throws {
        let source = ScriptedSource { command, _ in
            var observation = Observation.lasting(milliseconds: 100)
            if command.benchmark != nil {
                observation.reports = MetricReports(
                    parsing: Array(
                        """
                        {"metric":"cpu_time","value":5,"benchmark":"b","params":{"n":3},"inner_iters":9}
                        {"metric":"latency","benchmark":"b","params":{"n":3},"hdr":{"counts":[[1,2]]}}
                        """.utf8))
            }
            return observation
        }
        var plan = Measurement.Plan()
        plan.runs = 4
        var measurement = Measurement(source: source, plan: plan)
        var all = commands("plain", "b")
        all[1].benchmark = "b"
        var arms = try measurement.run(all).arms
        arms[0].counters["system_calls"] = 12
        let result = BenchmarkResult(arms: arms, suite: "s", parameters: [], versions: [])
        let plain = result.series.filter { $0.id.text == "s/plain" }
        #expect(
            plain.map(\.metric) == [
                "cpu_time", "wall_time", "page_faults", "major_faults", "context_switches", "off_cpu_ratio",
                "system_calls",
            ])
        #expect(plain[0].samples.map(\.value) == [5e7, 5e7, 5e7, 5e7])
        #expect(plain[0].samples.map(\.process) == [0, 1, 2, 3])
        #expect(plain[5].samples[0].value == 0.5)
        let told = result.series.filter { $0.id.text == "s/b[n=3]" }
        #expect(told.first { $0.metric == "cpu_time" }?.samples.map(\.value) == [5, 5, 5, 5])
        #expect(told.first { $0.metric == "cpu_time" }?.innerIterations == 9)
        #expect(told.first { $0.metric == "wall_time" }?.samples.count == 4)
        #expect(told.first { $0.metric == "latency" }?.histogram?.counts.first?.count == 8)
        // It can be stored.
        let bytes = try BenchmarkDocument.encoded(result)
        #expect(try BenchmarkDocument.parsed(bytes, file: "x").series == result.series)
    }

    @Test("the ratio of two commands and its interval, by an example worked by hand")
    func ratio() throws {
        let ratio = try #require(SpeedRatio(of: [1, 2, 3, 4, 5], to: [2, 4, 6, 8, 10]))
        #expect(ratio.ratio == 2)
        #expect(ratio.interval.contains(2))
        #expect(ratio.interval.contains(1))
        let sure = try #require(SpeedRatio(of: [1, 1.01, 1.02, 1.03, 1.04], to: [3, 3.01, 3.02, 3.03, 3.04]))
        #expect(sure.interval.lowerBound > 2.8)
        #expect(SpeedRatio(of: [1, 2, 3], to: [1, 2, 3]) == nil)
        #expect(SpeedRatio(of: [1, 2, 3, 0], to: [1, 2, 3, 4]) == nil)
    }

    @Test("statistics are those of the middle, and outliers are counted")
    func statistics() throws {
        let statistics = try #require(SeriesStatistics([10, 11, 9, 10, 12, 8, 100]))
        #expect(statistics.median == 10)
        #expect(statistics.spread == 1.4826)
        #expect(statistics.outliers == 1)
        #expect(statistics.maximum == 100)
        #expect(SeriesStatistics([]) == nil)
    }
}
