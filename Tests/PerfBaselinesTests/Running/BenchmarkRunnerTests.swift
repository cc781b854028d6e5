import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfBaselines

extension Tag {
    /// Runs real programs.
    @Tag static var live: Self
}

/// Programs with known answers.
enum Programs {
    private static let root = String(#filePath.split(separator: "/Tests/")[0])

    static let workload: String = {
        guard let folder = ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"] else {
            return root + "/.build/debug/perfdoctor-workload"
        }
        return folder + "/swiftpm/perfdoctor-workload"
    }()

    static let hasWorkload: Bool = {
        let isThere = FileManager.default.isExecutableFile(atPath: workload)
        if !isThere { print("benchmark runner: skipped: \(workload) is not built; run: swift build") }
        return isThere
    }()
}

@Suite("benchmark runner", .tags(.live), .timeLimit(.minutes(15)), .enabled(if: Programs.hasWorkload, "see above"))
struct BenchmarkRunnerTests {
    private let runner: BenchmarkRunner

    init() throws {
        var options = BenchmarkRunner.Options()
        options.patience = .milliseconds(50)
        runner = try BenchmarkRunner(options)
    }

    private func observe(_ arguments: [String], repetitions: Int = 1) throws -> Observation {
        try runner.observe(BenchmarkCommand(arguments: arguments), repetitions: repetitions)
    }

    /// Runs a workload, and sums the CPU time in nanoseconds that its processes measured themselves.
    private func observeWithTruth(
        _ arguments: String, in runner: BenchmarkRunner, end: String = ""
    ) throws -> (observation: Observation, truth: Double) {
        let directory = TestDirectory.make()
        defer { directory.remove() }
        let path = directory.path + "/truth"
        let observation = try runner.observe(
            BenchmarkCommand(arguments: ["/bin/sh", "-c", "'\(Programs.workload)' \(arguments) > '\(path)' \(end)"]))
        var truth = 0.0
        for line in String(decoding: try WholeFile.contents(of: path, atMost: 4096), as: UTF8.self).split(
            separator: "\n")
        {
            let words = line.split(separator: " ")
            if words.count == 3, words[0] == "cpu_ns" { truth += Double(words[2]) ?? 0 }
        }
        return (observation, truth)
    }

    /// What a process of the workload uses beside what it measures, to start and to find out how fast it is: 5 to
    /// 15 ms, more where others take the caches.
    private static let unmeasured = 60e6

    @Test("CPU time is what the program used")
    func spin() throws {
        let (observation, truth) = try observeWithTruth("spin --ms 200", in: runner)
        #expect(observation.ending == .exit(0))
        #expect(observation.isSuccess)
        #expect(truth > 0)
        #expect(observation.cpuTime > truth)
        #expect(observation.cpuTime < truth + Self.unmeasured)
        #expect(observation.wallTime > truth)
    }

    @Test("the whole tree counts: children, their children, and what lost its parent")
    func tree() throws {
        let (tree, truth) = try observeWithTruth("forks --depth 2 --width 2 --ms 50", in: runner)
        #expect(tree.isSuccess)
        #expect(tree.cpuTime > truth)
        #expect(tree.cpuTime < truth + 7 * Self.unmeasured)
        // The shell ends at once; what it started works on, and nobody but the runner is left to wait for it.
        var patient = BenchmarkRunner.Options()
        patient.patience = .seconds(60)
        let (orphan, alone) = try observeWithTruth("spin --ms 100", in: BenchmarkRunner(patient), end: "& exit 0")
        #expect(orphan.isSuccess)
        #expect(orphan.killed == 0)
        #expect(orphan.cpuTime > alone)
        #expect(orphan.cpuTime < alone + Self.unmeasured)
        #expect(orphan.wallTime < alone)
    }

    @Test("what outlives the program is killed, also where it left its group")
    func daemon() throws {
        let observation = try observe(["/bin/sh", "-c", "setsid sleep 1000 & sleep 1000 & exit 0"])
        #expect(observation.isSuccess)
        #expect(observation.killed == 2)
    }

    @Test("a program that hangs is killed with all that it started, and has no time")
    func timeout() throws {
        var command = BenchmarkCommand(arguments: ["/bin/sh", "-c", "setsid sleep 1000 & trap '' TERM; sleep 1000; :"])
        command.timeout = .milliseconds(100)
        let observation = try runner.observe(command, repetitions: 1)
        #expect(observation.ending == .timeout(.milliseconds(100)))
        #expect(!observation.isSuccess)
        #expect(observation.failure == "did not end within 100 ms, and was killed")
    }

    @Test("a crash, a status and a missing program are told apart")
    func failures() throws {
        let crash = try observe(["/bin/sh", "-c", "kill -SEGV $$"])
        if case .signal(let number, _) = crash.ending { #expect(number == SIGSEGV) } else { Issue.record("no signal") }
        #expect(!crash.isSuccess)
        let status = try observe(["/bin/sh", "-c", "exit 3"])
        #expect(status.ending == .exit(3))
        #expect(status.failure == "exited with status 3")
        let missing = try observe(["/no/such/program"])
        guard case .notStarted(let error) = missing.ending else {
            Issue.record("it was started")
            return
        }
        #expect(error.errno == ENOENT)
        var elsewhere = BenchmarkCommand(arguments: ["true"], directory: "/no/such/directory")
        guard case .notStarted(let reason) = try runner.observe(elsewhere, repetitions: 1).ending else {
            Issue.record("it was started")
            return
        }
        #expect(reason.summary == "change to /no/such/directory: No such file or directory")
        elsewhere.directory = nil
        elsewhere.arguments = ["/bin/sh", "-c", "exit 3"]
        elsewhere.acceptedStatuses = [0, 3]
        #expect(try runner.observe(elsewhere, repetitions: 1).isSuccess)
    }

    @Test("a program that signals its own group reaches nobody else")
    func group() throws {
        let observation = try observe(["/bin/sh", "-c", "kill -KILL 0"])
        #expect(observation.ending == .signal(SIGKILL, dumpedCore: false))
    }

    @Test("repetitions are fresh processes, and values are those of one")
    func repetitions() throws {
        let directory = TestDirectory.make()
        defer { directory.remove() }
        let log = directory.path + "/pids"
        let observation = try observe(["/bin/sh", "-c", "echo $$ >> '\(log)'"], repetitions: 5)
        #expect(observation.repetitions == 5)
        let lines = String(decoding: try WholeFile.contents(of: log, atMost: 4096), as: UTF8.self).split(
            separator: "\n")
        #expect(Set(lines).count == 5)
        // The first failure ends it.
        let failed = try observe(["/bin/sh", "-c", "echo $$ >> '\(log)'; exit 1"], repetitions: 5)
        #expect(failed.ending == .exit(1))
        let all = String(decoding: try WholeFile.contents(of: log, atMost: 4096), as: UTF8.self).split(separator: "\n")
        #expect(all.count == 6)
    }

    @Test("what a program reports is read, from its descriptor, its path and its output")
    func reports() throws {
        let script = """
            echo '{"metric":"throughput","value":5,"unit":"1/s"}' >&$PERFDOCTOR_METRICS_FD
            echo '{"metric":"cpu_time","benchmark":"a","value":[1,2],"inner_iters":10}' >> "$PERFDOCTOR_METRICS"
            echo '{"metric":"latency","hdr":{"counts":[[10,2],[20,1]]}}' >&98
            echo 'some text'; echo '{"metric":"mine","value":7}'
            """
        var command = BenchmarkCommand(arguments: ["/bin/bash", "-c", script], output: .read)
        let reports = try runner.observe(command, repetitions: 1).reports
        #expect(reports.problems.isEmpty)
        #expect(reports.reports.map { $0.metric } == ["throughput", "cpu_time", "latency", "mine"])
        #expect(reports.reports[0].polarity == .higherIsBetter)
        #expect(reports.reports[1].values == [1, 2])
        #expect(reports.reports[2].histogram?.counts.map { $0.value } == [10, 20])
        command.output = .discarded
        #expect(try runner.observe(command, repetitions: 1).reports.reports.count == 3)
    }

    @Test("the environment's size changes from run to run, and what was asked for is in it")
    func environment() throws {
        var sizes: Set<Double> = []
        let script = #"echo "{\"metric\":\"size\",\"value\":$(env | wc -c)}" >&98; [ "$MARK" = yes ]"#
        for _ in 0..<8 {
            let observation = try runner.observe(
                BenchmarkCommand(
                    arguments: ["/bin/sh", "-c", script.replacing(">&98", with: ">> $PERFDOCTOR_METRICS")],
                    environment: ["MARK=yes"]))
            #expect(observation.isSuccess)
            sizes.formUnion(observation.reports.reports.flatMap { $0.values })
        }
        #expect(sizes.count > 4)
    }

    @Test("preparations run before each run, and their failure is one of the run")
    func preparations() throws {
        var command = BenchmarkCommand(arguments: ["/bin/sh", "-c", "exit 0"])
        command.prepare = [["/bin/sh", "-c", "exit 4"]]
        let observation = try runner.observe(command, repetitions: 1)
        #expect(!observation.isSuccess)
        #expect(
            observation.failure
                == "the command to prepare it failed: '/bin/sh -c exit 4' exited with status 4")
    }

    @Test("standard input is empty, and a file where one is named")
    func input() throws {
        #expect(try observe(["/bin/sh", "-c", "! read line"]).isSuccess)
        var command = BenchmarkCommand(arguments: ["/bin/sh", "-c", "read line && [ -n \"$line\" ]"])
        command.input = "/proc/self/status"
        #expect(try runner.observe(command, repetitions: 1).isSuccess)
    }

    @Test("a pinned program sees no other CPU")
    func pinning() throws {
        var options = BenchmarkRunner.Options()
        options.cpus = [OnlineCPUs.current[0]]
        let command = BenchmarkCommand(arguments: ["/bin/sh", "-c", "[ $(nproc) = 1 ]"])
        #expect(try BenchmarkRunner(options).observe(command, repetitions: 1).isSuccess)
        options.cpus = [8191]
        guard case .notStarted(let error) = try BenchmarkRunner(options).observe(command, repetitions: 1).ending else {
            Issue.record("it was started")
            return
        }
        #expect(error.operation == "pin")
    }

    @Test("something to read at the interruption ends a run at once")
    func interruption() throws {
        var ends: [Int32] = [0, 0]
        // SAFETY: the array has room for both ends.
        try #require(unsafe pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        // SAFETY: one byte of a constant is read.
        _ = unsafe write(ends[1], "x", 1)
        struct Pipe: RunInterruption {
            let descriptor: Int32
            func isRequested() -> Bool { true }
        }
        var options = BenchmarkRunner.Options()
        options.interruption = Pipe(descriptor: ends[0])
        let observation = try BenchmarkRunner(options).observe(BenchmarkCommand(arguments: ["sleep", "1000"]))
        #expect(observation.ending == .cancelled)
    }
}

/// A directory that a test fills and removes.
struct TestDirectory {
    let path: String

    static func make() -> TestDirectory {
        let path = "/tmp/perfdoctor-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        // SAFETY: the path is a terminated string for the duration of the call.
        unsafe mkdir(path, 0o700)
        return TestDirectory(path: path)
    }

    func remove() {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record(error) }
    }
}
