import FoundationEssentials
import PerfModel
import Testing

@testable import PerfBaselines
@testable import PerfCommands

@Suite("Baseline command") final class BaselineCommandTests {
    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "perfdoctor-baseline-\(UUID().uuidString)"
    ).path
    private static let results = Repository.root + "Tests/PerfBaselinesTests/Fixtures/results/"

    deinit {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        do { try FileManager.default.removeItem(atPath: folder) } catch { Issue.record(error) }
    }

    private func run(_ arguments: [String], input: String = "") -> (code: ExitCode, text: String, errors: String) {
        let (output, errors) = (CollectingSink(), CollectingSink())
        let context = CommandContext(output: output, errors: errors, input: FixedInput(bytes: Array(input.utf8)))
        let code = Perfdoctor.run(arguments: ["baseline"] + arguments + ["--store", folder], in: context)
        return (code, output.text, errors.text)
    }

    @Test("saves, lists, shows and exports a result of another tool")
    func life() throws {
        let saved = run(["save", Self.results + "hyperfine.json", "--name", "cli", "--machine-class", "x86_64-2cpu"])
        #expect(saved.code == .success && saved.errors.isEmpty, "\(saved.errors)")
        #expect(saved.text.hasPrefix("saved \(folder)/x86_64-2cpu/cli.json: 4 series, by hyperfine; 2 of them"))
        let list = run(["list"])
        #expect(list.text.contains("x86_64-2cpu    cli") && list.text.contains("4 series  hyperfine"), "\(list.text)")
        let show = run(["show", "cli"])
        #expect(show.text.hasPrefix("cli of machine class x86_64-2cpu, by hyperfine\n"), "\(show.text)")
        #expect(show.text.contains("seq 1000[n=1000]  wall_time  10"), "\(show.text)")
        let export = run(["export", "cli", "--format", "json"])
        let exported = try BenchmarkDocument.parsed(Array(export.text.utf8), file: "-")
        #expect(exported.series.count == 4 && exported.provenance?.importedFrom == "hyperfine")
        #expect(run(["show", "x86_64-2cpu/cli", "--format", "json"]).text == export.text)
        // What was exported can be kept again.
        #expect(run(["save", "-", "--name", "again"], input: export.text).code == .success)
    }

    @Test("imports several files by their own names, and says what they do not know")
    func imports() throws {
        let outcome = run([
            "import", Self.results + "k6-summary-export.json", Self.results + "perfdoctor-heap-unsearched.json",
        ])
        #expect(outcome.code == .success)
        #expect(outcome.text.contains("unknown/k6-summary-export.json") && outcome.text.contains("by perfdoctor-heap"))
        #expect(outcome.errors.contains("not measured: heap.leaks") && outcome.errors.contains("--machine-class CLASS"))
        let list = try JSONNode(JSONValue.parsed(Array(run(["list", "--format", "json"]).text.utf8)))
        #expect(try list["schema"].string() == "perfdoctor.baselines/1")
        #expect(
            try list["baselines"].elements().map { try $0["name"].string() } == [
                "k6-summary-export", "perfdoctor-heap-unsearched",
            ])
    }

    @Test("prunes by age, and says so before")
    func prunes() throws {
        _ = run(["save", Self.results + "pytest-benchmark.json", "--name", "new"])
        var old = try ResultReader.read(
            try Array(Data(contentsOf: URL(filePath: Self.results + "vegeta.json"))), file: "v"
        ).result
        old.startedAt = 1_000_000_000_000_000_000
        _ = try FileBaselineStore(root: folder).save(old, name: "old", machineClass: "m")
        #expect(run(["prune", "--older-than", "520w", "--dry-run"]).text == "would remove \(folder)/m/old.json\n")
        #expect(run(["prune", "--older-than", "520w"]).text == "removed \(folder)/m/old.json\n")
        #expect(run(["prune", "--older-than", "520w"]).text == "no baseline is that old\n")
    }

    @Test("a broken file is listed as broken, with its reason, and the exit code says so")
    func broken() throws {
        _ = run(["save", Self.results + "vegeta.json", "--name", "v", "--machine-class", "m"])
        try Data("{}".utf8).write(to: URL(filePath: folder + "/m/v.json"))
        let list = run(["list"])
        #expect(
            list.code == .failure && list.text.contains("broken: \(folder)/m/v.json is no baseline that can be trusted")
        )
        let show = run(["show", "v"])
        #expect(show.code == .failure && show.errors.contains("next: take it from git again"))
    }

    @Test("says what to do where there is nothing, and refuses what cannot be meant")
    func usage() {
        let sink = CollectingSink()
        let arguments = ["baseline", "list", "--store", "mysql://u:secret@h/d"]
        #expect(Perfdoctor.run(arguments: arguments, in: CommandContext(output: sink, errors: sink)) == .usage)
        #expect(sink.text.contains("not in mysql://\n") && !sink.text.contains("secret"))
        #expect(run(["list"]).errors.contains("next: perfdoctor baseline save RESULT.json --name NAME"))
        #expect(run(["show", "none"]).errors.hasPrefix("error: there is no baseline 'none'"))
        #expect(run(["save", Self.results + "README.md", "--name", "x"]).errors.contains("no result of a known form"))
        #expect(run(["save", Self.results + "vegeta.json", "--name", "../x"]).code == .failure)
        for arguments in [
            ["prune", "--older-than", "90"], ["prune", "--older-than", "-1d"], ["prune", "--older-than", "infd"],
            ["save", "x"],
            ["import"], ["import", "a", "b", "--name", "n"], ["import", "-"], ["export", "x", "--format", "xml"],
            ["remove"],
        ] {
            #expect(run(arguments).code == .usage, "\(arguments)")
        }
    }
}
