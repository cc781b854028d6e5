import FoundationEssentials
import PerfBaselines
import PerfModel
import Testing

@testable import PerfCommands

@Suite("bench")
struct BenchCommandTests {
    @Test("what stands after -- is one command, whatever it has in it")
    func joined() throws {
        let arguments = BenchCommand.joiningCommand(in: ["bench", "--runs", "3", "--", "my tool", "it's", "$x", "a"])
        #expect(arguments.prefix(4) == ["bench", "--runs", "3", "--"])
        #expect(try CommandWords.split(arguments[4]) == ["my tool", "it's", "$x", "a"])
        for untouched in [["bench", "a", "b"], ["bench", "--"], ["record", "--", "a", "b"]] {
            #expect(BenchCommand.joiningCommand(in: untouched) == untouched)
        }
    }

    private func configuration(_ text: String) throws -> [BenchmarkSuite] {
        try Configuration(parsing: Array(text.utf8), path: "perfdoctor.json").suites
    }

    @Test("suites are read, with everything that they set")
    func suites() throws {
        let suites = try configuration(
            """
            { suites: { // two
                json: { commands: { small: "parse {size}", large: "parse -l {size}" }, prepare: "sync",
                        setup: ["make", "make test"], metrics: ["cpu_time", "allocations", "allocated_bytes"],
                        parameters: { size: [10, "1000"] }, environment: { A: "1" }, timeout: "10s", runs: 20,
                        warmup: 0, ignore_failure: true, reads_output: true, shell: "sh", directory: "/", },
                plain: { command: "true" } } }
            """)
        #expect(suites.map(\.name) == ["json", "plain"])
        let json = suites[0]
        #expect(json.entries.map(\.name) == ["large", "small"])
        #expect(json.parameters == [.init(name: "size", values: ["10", "1000"])])
        #expect(json.setup == ["make", "make test"])
        #expect(json.timeout == .seconds(10))
        #expect(json.counters == ["allocations", "allocations"])
        #expect(json.output == .read)
        #expect(json.ignoresFailure)
        #expect(try json.instances().count == 4)
        #expect(suites[1].entries == [.init(name: "plain", text: "true")])
    }

    @Test(
        "a suite that says something unknown is an error that knows better",
        arguments: [
            (#"{suites:{a:{comand:"x"}}}"#, "sets 'comand' in suites.a", "did you mean 'command'?"),
            (#"{suites:{a:{command:"x",metrics:["cpu_tim"]}}}"#, "sets 'cpu_tim'", "did you mean 'cpu_time'?"),
            (#"{suites:{a:{}}}"#, "'suites.a.command' must be a command line", "docs/perfdoctor.schema.json"),
            (#"{suites:{a:{command:3}}}"#, "'suites.a.command' must be a text", "docs/perfdoctor.schema.json"),
            (#"{suites:{a:{command:"x",timeout:"soon"}}}"#, "must be a time such as", "docs/perfdoctor.schema.json"),
            (#"{suites:{a:{command:"x",runs:0}}}"#, "a whole number from 1 on", "docs/perfdoctor.schema.json"),
            (#"{suites:[]}"#, "'suites' must be an object", "docs/perfdoctor.schema.json"),
            (#"{suits:{}}"#, "sets 'suits'", "did you mean 'suites'?"),
        ])
    func problems(text: String, summary: String, remedy: String) {
        do {
            _ = try configuration(text)
            Issue.record("it was taken")
        } catch let error as ConfigurationError {
            #expect(error.summary.contains(summary), "\(error.summary)")
            #expect(error.remedy?.contains(remedy) ?? false, "\(error.remedy ?? "")")
            #expect(error.exitCode == .usage)
        } catch {
            Issue.record(error)
        }
    }
}

/// `bench` as users run it.
@Suite("bench, live", .serialized, .tags(.live), .timeLimit(.minutes(15)), .enabled(if: Live.isPossible, "see above"))
struct BenchLiveTests {
    @Test("two commands are compared, stored, and read again")
    func compared() throws {
        let directory = try LiveDirectory()
        let path = directory.newName("result")
        let ending = try Live.run(
            [
                "bench", "--runs", "6", "-o", path, "--counters", "system_calls,allocations",
                "\(Live.workload) spin --ms 30", "\(Live.workload) spin --ms 300",
            ], in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.text.contains("times faster than"))
        #expect(ending.text.contains("system calls"))
        let result = try BenchmarkDocument.parsed(try InputFile.contents(of: path), file: path)
        #expect(Set(result.series.map(\.id.benchmark)).count == 2)
        for metric in ["cpu_time", "wall_time", "page_faults", "context_switches", "off_cpu_ratio"] {
            #expect(result.series.filter { $0.metric == metric }.allSatisfy { $0.samples.count == 6 }, "\(metric)")
        }
        // Both ran in turns, and their places are those of one measurement.
        let orders = result.series.filter { $0.metric == "cpu_time" }.map { $0.samples.map(\.order) }
        #expect(orders.joined().sorted() == Array(0..<12))
        #expect(zip(orders[0], orders[1]).allSatisfy { abs($0 - $1) <= 1 })
        #expect(result.series.contains { $0.metric == "allocations" && $0.kind == .deterministic })
        #expect(result.machine?.fingerprint.count == 64)
        #expect(result.subject.binarySHA256?.count == 64)
    }

    @Test("allocations are those that the program makes, and the same each time")
    func allocations() throws {
        let directory = try LiveDirectory()
        func count(_ blocks: Int) throws -> Double {
            let ending = try Live.run(
                [
                    "bench", "--runs", "1", "--counters", "allocations", "--format", "json", "--",
                    Live.workload, "heap", "--count", "10", "--churn", "\(blocks)",
                ], in: directory)
            #expect(ending.status == 0, "\(ending.errors)")
            let result = try BenchmarkDocument.parsed(ending.output, file: "output")
            return try #require(result.series.first { $0.metric == "allocations" }?.samples.first?.value)
        }
        // The program prints its pid: where that gets a digit more, once in ten thousand, its line takes another block.
        var counts = [try count(1000), try count(1000), try count(3000)]
        if counts[0] != counts[1] || counts[2] - counts[0] != 2000 {
            counts = [try count(1000), try count(1000), try count(3000)]
        }
        #expect(counts[0] == counts[1])
        #expect(counts[2] - counts[0] == 2000)
    }

    @Test(
        "failures have exit codes of their own, and no times",
        arguments: [
            (["false"], 6, "exited with status 1"), (["/no/such/program"], 5, "cannot execute"),
            (["--timeout", "100ms", "sleep 1000"], 6, "did not end within 100 ms"), (["a | b"], 64, "needs a shell"),
            (["--shell", "sh", "kill -SEGV $$"], 6, "was killed by SIGSEGV"),
            (["--counters", "mallocs", "true"], 64, "no counter is called 'mallocs'"),
            (["--prepare", "false", "true"], 6, "the command to prepare it failed"), ([], 64, "nothing to measure"),
        ])
    func failures(arguments: [String], status: Int32, text: String) throws {
        let ending = try Live.run(["bench", "--runs", "2"] + arguments, in: try LiveDirectory())
        #expect(ending.status == status)
        #expect(ending.errors.contains(text), "\(ending.errors)")
        #expect(ending.output.isEmpty)
    }

    @Test("every benchmark of an executable runs in processes of its own")
    func executable() throws {
        let directory = try LiveDirectory()
        let ending = try Live.run(
            ["bench", "--runs", "2", "--format", "json", Repository.root + ".build/debug/perfdoctor-benchmarks"],
            in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        let result = try BenchmarkDocument.parsed(ending.output, file: "output")
        let names = result.series.filter { $0.metric == "cpu_time" }.map(\.id.text)
        #expect(names == ["sum[size=1000]", "reverse", "told", "fails"])
        #expect(result.series.contains { $0.metric == "latency" && $0.histogram != nil })
    }
}
