import FoundationEssentials
import PerfBaselines
import PerfLinux
import PerfModel
import PerfSessions
import Synchronization
import Testing

/// Programs whose runs are written down: the command's name says which.
private final class ScriptedSource: ObservationSource {
    struct Program: Sendable {
        /// Nanoseconds; each run takes up to 1% more or less.
        var cpuTime = 30e6
        /// What it waits beside.
        var waiting = 1e6
        /// Runs from this one on fail.
        var failsFrom = Int.max
        /// Every second run of it takes half as long again.
        var isMoody = false
    }

    private let programs: [String: Program]
    private let runs = Mutex<[String: Int]>([:])

    init(_ programs: [String: Program]) { self.programs = programs }

    var count: Int { runs.withLock { $0.values.reduce(0, +) } }

    func observe(_ command: BenchmarkCommand, repetitions: Int) throws(SystemCallError) -> Observation {
        let name = command.arguments[0]
        guard let program = programs[name] else { return Observation(ending: .exit(127), isSuccess: false) }
        let run = runs.withLock { runs in
            runs[name, default: 0] += 1
            return runs[name] ?? 0
        }
        guard run < program.failsFrom else { return Observation(ending: .exit(3), isSuccess: false) }
        // No neighbour is like another, and no two programs alike.
        let noise = Double((run * 7919 + name.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFFF) % 1009) / 1009 - 0.5
        let cpu = program.cpuTime * (1 + 0.02 * noise) * (program.isMoody && run % 2 == 0 ? 1.5 : 1)
        return Observation(
            ending: .exit(0), isSuccess: true, repetitions: repetitions, userTime: cpu,
            wallTime: cpu + program.waiting, peakResidentBytes: 10 << 20, minorFaults: 100)
    }
}

@Suite("Gate") struct GateSessionTests {
    private func outcome(
        _ base: ScriptedSource.Program, _ head: ScriptedSource.Program, maxPairs: Int = 200, control: Bool = true
    ) throws -> (outcome: GateSession.Outcome, result: GateResult, runs: Int) {
        let source = ScriptedSource(["base": base, "head": head])
        var options = GateSession.Options()
        options.findsCause = false
        options.hasControl = control
        options.looks = [15, 30, 60, 120, 200].filter { $0 < maxPairs } + [maxPairs]
        let contest = GateContest(
            id: MetricSeries.ID(suite: "s", benchmark: "b"), base: BenchmarkCommand(arguments: ["base"]),
            head: BenchmarkCommand(arguments: ["head"]))
        let outcome = try GateSession(options, source: source).run([contest]) { _ in }
        return (outcome, GateSummary(outcome).result(), source.count)
    }

    private func comparison(_ metric: String, in result: GateResult) -> GateResult.Comparison? {
        result.comparisons.first { $0.metric == metric }
    }

    @Test("a program that takes a tenth more is found at the first look")
    func regression() throws {
        let (_, result, runs) = try outcome(.init(), .init(cpuTime: 33e6))
        #expect(result.verdict == .fail)
        #expect(result.summary.hasPrefix("s/b takes ") && result.summary.hasSuffix(" more CPU time"))
        let cpu = try #require(comparison("cpu_time", in: result))
        #expect(cpu.verdict == .fail && cpu.isGated && cpu.count == 15)
        #expect(try abs(#require(cpu.effectRatio) - 1.1) < 0.02)
        // Two warm-up pairs, and 15 rounds of three.
        #expect(runs == 2 * 2 + 15 * 3)
    }

    @Test("programs that are alike pass, and one that got better says so")
    func pass() throws {
        #expect(try outcome(.init(), .init()).result.verdict == .pass)
        let better = try outcome(.init(), .init(cpuTime: 24e6)).result
        #expect(better.verdict == .pass && comparison("cpu_time", in: better)?.isImproved == true)
        #expect(better.summary.contains("got better"))
    }

    @Test("CPU time does not see what waits: wall time fails where it is much worse, and never holds a gate up")
    func guards() throws {
        let slow = try outcome(.init(), .init(waiting: 40e6)).result
        #expect(slow.verdict == .fail)
        #expect(comparison("cpu_time", in: slow)?.verdict == .pass)
        let wall = try #require(comparison("wall_time", in: slow))
        #expect(wall.verdict == .fail && wall.isGated)
        let alike = try outcome(.init(), .init(waiting: 1.5e6)).result
        #expect(alike.verdict == .pass && comparison("wall_time", in: alike)?.isGated == false)
    }

    @Test("a small change that the cap does not let it decide is inconclusive, not green")
    func cap() throws {
        let (_, result, _) = try outcome(.init(), .init(cpuTime: 30.9e6), maxPairs: 5)
        #expect(result.verdict == .inconclusive)
        #expect(comparison("cpu_time", in: result)?.count == 5)
    }

    @Test("a base that varies by half from run to run is no regression of head")
    func noisyBase() throws {
        let source = ScriptedSource(["base": .init(isMoody: true), "head": .init()])
        var options = GateSession.Options()
        options.findsCause = false
        let contest = GateContest(
            id: MetricSeries.ID(suite: "", benchmark: "b"), base: BenchmarkCommand(arguments: ["base"]),
            head: BenchmarkCommand(arguments: ["head"]))
        let result = GateSummary(try GateSession(options, source: source).run([contest]) { _ in }).result()
        // Which of its two copies meets the bad runs is a matter of chance: the control may call it invalid.
        #expect(result.verdict != .fail)
        #expect(comparison("cpu_time", in: result)?.isGated == true)
    }

    @Test("head alone that fails is a regression; base alone and both are no comparison")
    func crashes() throws {
        let head = try outcome(.init(), .init(failsFrom: 8))
        #expect(head.result.verdict == .fail && !head.outcome.bothFailed)
        #expect(head.result.summary.contains("head exited with status 3"))
        let base = try outcome(.init(failsFrom: 1), .init())
        #expect(base.result.verdict == .invalid && !base.outcome.bothFailed)
        let both = try outcome(.init(failsFrom: 1), .init(failsFrom: 1))
        #expect(both.result.verdict == .invalid && both.outcome.bothFailed)
        // What was measured before is no time of a program that crashes.
        #expect(head.result.comparisons.allSatisfy { $0.channel == .presence })
    }

    @Test("the same bytes with the same arguments are not run")
    func identical() throws {
        let contest = GateContest(
            id: MetricSeries.ID(suite: "", benchmark: "true"), base: BenchmarkCommand(arguments: ["true"]),
            head: BenchmarkCommand(arguments: ["true"]))
        let source = ScriptedSource([:])
        let result = GateSummary(try GateSession(GateSession.Options(), source: source).run([contest]) { _ in })
            .result()
        #expect(result.verdict == .pass && source.count == 0)
        #expect(result.comparisons.map(\.channel) == [.presence])
        // Other arguments, another environment, a shell: nobody knows what they do.
        var other = contest
        other.head.arguments = ["true", "x"]
        #expect(!other.isIdentical())
        other = contest
        other.head.environment = ["A=1"]
        #expect(!other.isIdentical())
        other = contest
        other.base.arguments = ["sh", "-c", "true"]
        other.head.arguments = other.base.arguments
        #expect(!other.isIdentical())
    }

    @Test("files that arguments name are compared by content, wherever they are")
    func identicalFiles() throws {
        let root = FileManager.default.temporaryDirectory.path + "/perfdoctor-gate-test-\(UUID().uuidString)"
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: root) } }
        for side in ["a", "b"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(side)", withIntermediateDirectories: true)
            try Data("same".utf8).write(to: URL(filePath: "\(root)/\(side)/input"))
        }
        var contest = GateContest(
            id: MetricSeries.ID(suite: "", benchmark: "cat"),
            base: BenchmarkCommand(arguments: ["cat", "input"], directory: root + "/a"),
            head: BenchmarkCommand(arguments: ["cat", "input"], directory: root + "/b"))
        #expect(contest.isIdentical())
        try Data("other".utf8).write(to: URL(filePath: root + "/b/input"))
        #expect(!contest.isIdentical())
        contest.head.arguments = ["cat", "."]
        contest.base.arguments = ["cat", "."]
        #expect(!contest.isIdentical())
    }
}
