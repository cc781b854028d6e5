import FoundationEssentials
import PerfModel
import Testing

@testable import PerfBaselines
@testable import PerfCommands

/// Trends of baselines as users ask for them: of files, from a repository of git.
@Suite("Baseline trend", .timeLimit(.minutes(15)))
final class BaselineTrendCommandTests {
    private let directory: LiveDirectory
    private var store: String { directory.path + "/Baselines" }

    init() throws { directory = try LiveDirectory() }

    private func git(_ arguments: String...) throws -> LiveProcess.Ending {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"]
        return try LiveProcess(["/usr/bin/git"] + identity + arguments, in: directory).wait()
    }

    private func isInstalled() -> Bool {
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/git") { return true }
        print("Baseline trend: skipped: git is missing; run: apt-get install git")
        return false
    }

    private func run(_ arguments: [String]) -> (code: ExitCode, text: String, errors: String) {
        let (output, errors) = (CollectingSink(), CollectingSink())
        let context = CommandContext(output: output, errors: errors, input: FixedInput(bytes: []))
        let code = Perfdoctor.run(
            arguments: ["baseline", "show"] + arguments + ["--store", store], in: context)
        return (code, output.text, errors.text)
    }

    private func save(_ value: Double, day: Int) throws {
        var result = BenchmarkResult(
            series: [
                .observed(MetricSeries.ID(suite: "json", benchmark: "parse"), "cpu_time", "ns", [value]),
                .observed(MetricSeries.ID(suite: "json", benchmark: "parse"), "peak_rss", "bytes", [4096]),
            ], startedAt: 1_790_000_000_000_000_000 + Int64(day) * 86_400_000_000_000)
        if day == 12 { result.subject.commit = "3f2a1c0d00112233445566778899aabbccddeeff" }
        _ = try FileBaselineStore(root: store).save(result, name: "api/parser", machineClass: "m")
    }

    /// A regression of 10% after twelve results; the last result is not committed.
    private func history() throws {
        try #require(try git("init", "-q", "-b", "main").status == 0)
        for day in 0..<24 {
            try save((day < 12 ? 1000 : 1100) + Double(day * 7 % 5), day: day)
            guard day < 23 else { return }
            _ = try git("add", "-A")
            let ending = try git("commit", "-q", "-m", "day \(day)")
            try #require(ending.status == 0, "\(ending.errors)")
        }
    }

    @Test("tells a change from the versions that git keeps, and ends well whatever it finds")
    func trend() throws {
        guard isInstalled() else { return }
        try history()
        let text = run(["api/parser", "--trend", "--metric", "cpu_time"])
        #expect(text.code == .success && text.errors.isEmpty, "\(text.errors)")
        #expect(
            text.text.contains("api/parser of machine class m: 24 versions, 2026-09-21 to 2026-10-14"), "\(text.text)")
        #expect(text.text.contains("+10.0% since 3f2a1c0d, 2026-10-03: worse (1.00 µs before, 1.10 µs since)"))
        #expect(!text.text.contains("peak RSS"))
        let json = run(["m/api/parser", "--trend", "--format", "json"])
        let document = try JSONNode(JSONValue.parsed(Array(json.text.utf8)))
        #expect(try document["versions"].count() == 24 && document["series"].elements().count == 2)
        #expect(try document["series"].elements()[0]["changes"].elements().map { try $0["index"].count() } == [12])
        #expect(run(["api/parser", "--trend", "--format", "html"]).text.contains("<circle"))
        #expect(run(["api/parser", "--trend", "--last", "5"]).text.contains(": 6 versions, "))
        // The same from a folder within it, and for a baseline that was damaged in between.
        try Data("{}".utf8).write(to: URL(filePath: store + "/m/api/parser.json"))
        _ = try git("commit", "-q", "-a", "-m", "damage")
        try save(1100, day: 24)
        let damaged = run(["api/parser", "--trend"])
        #expect(damaged.code == .success && damaged.text.contains("warning: 1 version left out: "), "\(damaged.text)")
    }

    @Test("without a repository there is one version, and the reason; a shallow clone says so")
    func withoutHistory() throws {
        guard isInstalled() else { return }
        try save(1000, day: 0)
        let alone = run(["api/parser", "--trend"])
        #expect(alone.code == .success && alone.text.contains("1 version, 2026-09-21"), "\(alone.text)")
        #expect(alone.text.contains("is in no repository of git") && alone.text.contains("next: keep baselines in git"))
        try history()
        _ = try git("add", "-A")
        _ = try git("commit", "-q", "-m", "last")
        let clone = directory.path + "/clone"
        try #require(try git("clone", "-q", "--depth", "3", "file://" + directory.path, clone).status == 0)
        let (output, errors) = (CollectingSink(), CollectingSink())
        let code = Perfdoctor.run(
            arguments: ["baseline", "show", "api/parser", "--trend", "--store", clone + "/Baselines"],
            in: CommandContext(output: output, errors: errors))
        #expect(
            code == .success && output.text.contains("warning: this clone is shallow"), "\(output.text)\(errors.text)")
    }

    @Test("what cannot be meant is refused with what is there")
    func refuses() throws {
        try save(1000, day: 0)
        let unknown = run(["api/parser", "--trend", "--benchmark", "json/pars"])
        #expect(unknown.code == .usage && unknown.errors.contains("did you mean 'json/parse'?"), "\(unknown.errors)")
        let metric = run(["api/parser", "--trend", "--metric", "cpu_tim"])
        #expect(metric.code == .usage && metric.errors.contains("did you mean 'cpu_time'?"), "\(metric.errors)")
        #expect(run(["api/parser", "--format", "html"]).errors.contains("go with --trend"))
        #expect(run(["guides/small", "--trend"]).errors.contains("holds no measurements"))
    }
}
