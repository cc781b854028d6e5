import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfBaselines

@Suite("counters", .tags(.live), .timeLimit(.minutes(15)), .enabled(if: Programs.hasWorkload, "see above"))
struct CounterTests {
    private func count(_ arguments: [String]) throws -> Double {
        switch try SystemCallSource().measure(BenchmarkCommand(arguments: arguments)) {
        case .available(let values): return try #require(values["system_calls"])
        case .unavailable(let reason, _):
            Issue.record("not counted: \(reason)")
            return 0
        }
    }

    @Test("system calls are the same in every run, of a process and of a tree")
    func repeatable() throws {
        let one = try count([Programs.workload, "heap", "--count", "10"])
        #expect(one > 50)
        #expect(try count([Programs.workload, "heap", "--count", "10"]) == one)
        let tree = ["/bin/sh", "-c", "for i in 1 2 3; do /bin/true; done; /bin/false; exit 0"]
        let first = try count(tree)
        let second = try count(tree)
        #expect(first == second)
    }

    @Test(
        "system calls are those that strace counts",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "strace is not installed"))
    func strace() throws {
        let directory = TestDirectory.make()
        defer { directory.remove() }
        let path = directory.path + "/calls"
        let runner = try BenchmarkRunner()
        for (command, processes) in [
            (["/bin/true"], 1.0), (["/bin/sh", "-c", "/bin/true; /bin/true; exit 0"], 3.0),
        ] {
            let own = try count(command)
            let observation = try runner.observe(
                BenchmarkCommand(arguments: ["/usr/bin/strace", "-f", "-c", "-o", path] + command))
            #expect(observation.isSuccess)
            let text = String(decoding: try WholeFile.contents(of: path, atMost: 1 << 20), as: UTF8.self)
            let total = try #require(text.split(separator: "\n").last { $0.contains("total") })
            // "100.00    0.000123           4        30         2 total", without the column of errors where none is.
            let fields = total.split(separator: " ")
            let calls = try #require(fields.count > 3 ? Double(fields[3]) : nil)
            // It has the first execve besides, and no exit_group, which does not return.
            #expect(own == calls - 1 + processes)
        }
    }

    @Test("a traced program runs as it does alone: statuses, signals, stops and children")
    func transparency() throws {
        var options = BenchmarkRunner.Options()
        options.countsSystemCalls = true
        let runner = try BenchmarkRunner(options)
        #expect(try runner.observe(BenchmarkCommand(arguments: ["/bin/sh", "-c", "exit 3"])).ending == .exit(3))
        let caught = try runner.observe(
            BenchmarkCommand(arguments: ["/bin/sh", "-c", "trap 'exit 5' USR1; kill -USR1 $$; exit 1"]))
        #expect(caught.ending == .exit(5))
        let killed = try runner.observe(BenchmarkCommand(arguments: ["/bin/sh", "-c", "kill -TERM $$; exit 1"]))
        #expect(killed.ending == .signal(SIGTERM, dumpedCore: false))
        // A group that is stopped stays so until somebody wakes it.
        let stopped = try runner.observe(
            BenchmarkCommand(
                arguments: ["/bin/bash", "-c", "(sleep 0.1; kill -CONT $$) & kill -STOP $$; wait; exit 4"]))
        #expect(stopped.ending == .exit(4))
        let missing = try runner.observe(BenchmarkCommand(arguments: ["/no/such/program"]))
        guard case .notStarted(let error) = missing.ending else {
            Issue.record("it was started: \(missing.ending)")
            return
        }
        #expect(error.errno == ENOENT)
        var slow = BenchmarkCommand(arguments: ["/bin/sh", "-c", "sleep 1000 & sleep 1000"])
        slow.timeout = .milliseconds(200)
        #expect(try runner.observe(slow).ending == .timeout(.milliseconds(200)))
    }

    @Test(
        "instructions of a Swift program differ by less than a thousandth under callgrind",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/valgrind"), "valgrind is not installed"))
    func instructions() throws {
        let source = try InstructionSource(hasPMU: false)
        var counts: [Double] = []
        for _ in 0..<2 {
            switch source.measure(BenchmarkCommand(arguments: [Programs.workload, "heap", "--count", "10"])) {
            case .available(let values): counts.append(try #require(values["instructions"]))
            case .unavailable(let reason, _): Issue.record("not counted: \(reason)")
            }
        }
        #expect(counts.count == 2)
        #expect(abs(counts[0] - counts[1]) < counts[0] / 1000)
    }

    @Test("callgrind's files are read")
    func callgrindFile() {
        #expect(
            InstructionSource.total(parsing: Array("version: 1\nevents: Ir\nsummary: 123\n\nfn=x\n1 2\n".utf8)) == 123)
        #expect(InstructionSource.total(parsing: Array("summary: 12\ntotals: 345\n".utf8)) == 345)
        #expect(InstructionSource.total(parsing: Array("totals: x\n".utf8)) == nil)
        #expect(InstructionSource.total(parsing: []) == nil)
    }
}
