import FoundationEssentials
import PerfModel
import Testing

@testable import PerfCommands

@Suite("Size command") struct SizeCommandTests {
    private func run(_ arguments: [String], input: String = "") -> (code: ExitCode, text: String, errors: String) {
        let output = CollectingSink()
        let errors = CollectingSink()
        let context = CommandContext(output: output, errors: errors, input: FixedInput(bytes: Array(input.utf8)))
        let code = Perfdoctor.run(arguments: ["size"] + arguments, in: context)
        return (code, output.text, errors.text)
    }

    private static let diagnosis = """
        {"schema":"perfdoctor.diagnosis/1","findings":[{"id":"rq.utilisation","evidence":[
        {"name":"throughput","value":42,"unit":"jobs/s"},{"name":"service_time","value":180,"unit":"ms"}]}]}
        """

    @Test("explains what can be given when nothing is, with an example")
    func nothing() {
        let outcome = run([])
        #expect(outcome.code == .usage && outcome.text.isEmpty)
        for option in ["--tenants", "--events", "--concurrent-jobs", "--queue-depth", "--users", "--rps", "--cores"] {
            #expect(outcome.errors.contains("\(option) N"))
        }
        #expect(outcome.errors.contains("next: perfdoctor size --tenants 120 --users 800 --jobs-per-second 12"))
    }

    @Test("says the verdict first, then the table, corrections and remedies")
    func text() throws {
        let outcome = run(["--tenants", "12", "--concurrent-jobs", "60", "--jobs-per-second", "12", "--cores", "4"])
        #expect(outcome.code == .success && outcome.errors.isEmpty)
        #expect(
            outcome.text.hasPrefix(
                "Take db.t3.medium for PostgreSQL, 1 GB memory for Redis with noeviction and 8 RQ workers.\n"))
        let places = [
            "\nfor ", "\nReasoning\n", "\nContradiction: workers\n", "\nCorrected\n", "\nRemedies\n", "\nDoubts\n",
        ]
        .map { outcome.text.firstRange(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            ["--tenants", "0"], ["--tenants", "-5"], ["--tenants=-5"], ["--events", "1.5"], ["--users", "1e400"],
            ["--users", "nan"], ["--rps", "inf"], ["--rps", "0x10"], ["--rps", "k"], ["--queue-depth", "1.5k1"],
            ["--concurrent-jobs", "2000000000000"], ["--cores", "8193"], ["--cores", "-1"], ["--jobs-per-second", ""],
            ["--tenants"], ["--tenants", "--events", "5"], ["--format", "html", "--users", "5"],
            ["--users", "5", "--width", "39"], ["-", "-"], ["--nodes", "5"],
        ])
    func usage(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage, "\(outcome.errors)")
        #expect(outcome.text.isEmpty && outcome.errors.hasPrefix("error: "))
    }

    @Test("reads thousands and millions")
    func suffixes() throws {
        #expect(run(["--events", "1.5M"]).text.contains("1,500,000 events a month"))
        #expect(run(["--users", "2k", "--cores", "16"]).text.contains("2,000 users"))
        #expect(run(["--events", "0.0000015M"]).code == .usage, "one and a half events")
    }

    @Test("reads a result from standard input, with the rate that is wanted")
    func result() {
        let outcome = run(["-", "--jobs-per-second", "84", "--cores", "4"], input: Self.diagnosis)
        #expect(outcome.code == .success)
        #expect(outcome.text.hasPrefix("Take 19 workers (measured)"), "\(outcome.text)")
        #expect(outcome.text.contains("λ = 84 jobs/s × 0.18 s / 0.8 = 18.9 → 19 workers"))
        #expect(outcome.text.contains("Measured  standard input (diagnosis)"))
    }

    @Test("writes JSON of kind sizing to a file")
    func json() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "perfdoctor-size-\(UUID().uuidString).json")
        defer {
            do {
                try FileManager.default.removeItem(at: file)
            } catch {
                Issue.record("\(file.path) remains: \(error)")
            }
        }
        let outcome = run(["--users", "100", "--cores", "2", "--format", "json", "-o", file.path])
        #expect(outcome.code == .success && outcome.text.isEmpty)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains(#""schema":"perfdoctor.sizing/1""#) && text.contains(#""effective_cpus":{"count":2"#))
    }

    @Test("fails for results that say nothing, and for those of other kinds, and names what to do")
    func badResults() {
        for input in ["", "{}", "[]", #"{"schema":"perfdoctor.profile/1"}"#, #"{"schema":"perfdoctor.probe/1"}"#] {
            let outcome = run(["-", "--cores", "2"], input: input)
            #expect(outcome.code == .failure && outcome.text.isEmpty, "\(input)")
            #expect(outcome.errors.contains("next: "))
        }
        #expect(run(["/nowhere/at/all.json"]).code == .failure)
    }
}
