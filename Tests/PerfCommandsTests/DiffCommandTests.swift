import FoundationEssentials
import PerfModel
import PerfProfiles
import Testing

@testable import PerfCommands

@Suite("Diff command") struct DiffCommandTests {
    struct Outcome {
        var code: ExitCode
        var text: String
        var errors: String
    }

    private func run(_ arguments: [String], input: [UInt8] = []) -> Outcome {
        let output = CollectingSink()
        let errors = CollectingSink()
        let context = CommandContext(output: output, errors: errors, input: FixedInput(bytes: input))
        let code = Perfdoctor.run(arguments: ["diff"] + arguments, in: context)
        return Outcome(code: code, text: output.text, errors: errors.text)
    }

    private func profile(decode: Int64) throws -> [UInt8] {
        var profile = Profile()
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"), Profile.ValueType(type: "cpu", unit: "nanoseconds"),
        ]
        profile.functions = ["Main.run()", "Handler.parse(_: Data) -> Value", "JSONDecoder.decode()"].map {
            Profile.Function(name: $0, systemName: "", file: "/src/main.swift", startLine: 1)
        }
        profile.locations = (0..<3).map {
            Profile.Location(mapping: nil, address: UInt64($0) + 1, lines: [Profile.Line(function: $0, line: 5)])
        }
        profile.samples = [
            Profile.Sample(locations: [2, 1, 0], values: [decode, decode * 1_000_000], labelSet: 0),
            Profile.Sample(locations: [0], values: [3000, 3_000_000_000], labelSet: 0),
        ]
        return try profile.encoded()
    }

    /// Gives the paths of two profiles, `decode` having grown, and of a directory that is removed afterwards.
    private func withProfiles(_ body: (_ before: String, _ after: String, _ directory: URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "perfdoctor-diff-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer {
            do {
                try FileManager.default.removeItem(at: directory)
            } catch {
                Issue.record("\(directory.path) remains: \(error)")
            }
        }
        let (before, after) = (directory.appending(path: "a.pb.gz"), directory.appending(path: "b.pb.gz"))
        try Data(try profile(decode: 1000)).write(to: before)
        try Data(try profile(decode: 3000)).write(to: after)
        try body(before.path, after.path, directory)
    }

    @Test("says in one sentence what got slower, where and called from where; a change is no failure")
    func headline() throws {
        try withProfiles { before, after, _ in
            let outcome = run([before, after, "--per", "1000"])
            #expect(outcome.code == .success)
            #expect(
                outcome.text.hasPrefix(
                    "+50% ±18 CPU time per operation: all of it in JSONDecoder.decode, called from Handler.parse."),
                "\(outcome.text)")
            let other = run([before, after])
            #expect(other.text.contains("shares of the total"))
            #expect(run([before, before]).text.hasPrefix("No change beyond noise: the smallest change that one"))
            // Twice the work in twice the time is no change.
            #expect(!run([before, after, "--per", "2000,3000"]).text.hasPrefix("+50%"))
        }
    }

    @Test("reads one side from standard input and writes to a file")
    func streams() throws {
        try withProfiles { before, after, directory in
            let file = directory.appending(path: "diff.json").path
            let outcome = run(["-", after, "--format", "json", "-o", file], input: try profile(decode: 1000))
            #expect(outcome.code == .success && outcome.text.isEmpty)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(text.contains(#""schema":"perfdoctor.diff/1""#) && text.contains(#""source":"standard input""#))
            #expect(run(["-", "-"]).code == .usage)
            #expect(run([before, after, "--format", "folded"]).text.contains("JSONDecoder.decode() "))
        }
    }

    @Test("takes several recordings of each, with or without the first two named by themselves")
    func several() throws {
        try withProfiles { before, after, _ in
            let outcome = run(["--before", before, before, before, "--after", after, after, after, "--per", "1000"])
            #expect(outcome.code == .success, "\(outcome.errors)")
            #expect(outcome.text.hasPrefix("+50% ±"), "\(outcome.text)")
            #expect(outcome.text.contains("a.pb.gz and 2 more"))
            let mixed = run([before, after, "--before", before, "--format", "json"])
            #expect(mixed.text.contains(#""recordings":2"#), "\(mixed.text)")
        }
    }

    @Test(
        "which files are missing is a matter of usage", arguments: [[], ["a"], ["--before", "a"], ["--after", "b"]])
    func missingFiles(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage)
        #expect(outcome.errors.contains("two profiles are needed"), "\(outcome.errors)")
    }

    @Test(
        "wrong usage ends with 64",
        arguments: [
            ["--per", "0"], ["--per", "-1"], ["--per", "1,2,3"], ["--per", "x"],
            ["--per", "1", "--normalize", "total"],
            ["--normalize", "speed"], ["--format", "txt"], ["--by", "thread"], ["--top", "0"], ["--noise", "-1"],
            ["--minimum", "101"], ["--focus", "("], ["--sample-type", "wall"], ["--width", "3"],
        ])
    func usage(arguments: [String]) throws {
        try withProfiles { before, after, _ in
            let outcome = run([before, after] + arguments)
            #expect(outcome.code == .usage, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.hasPrefix("error: "))
        }
    }

    @Test("files that cannot be compared end with 5 and say what they are")
    func failures() throws {
        try withProfiles { before, after, directory in
            #expect(run([before, "/nonexistent"]).code == .failure)
            let probe = directory.appending(path: "probe.json").path
            try Data(#"{"targets":[{"url":"a \"perfdoctor"}],"schema":"perfdoctor.probe/1"}"#.utf8)
                .write(to: URL(filePath: probe))
            let outcome = run([before, probe])
            #expect(outcome.code == .failure)
            #expect(outcome.errors.contains("is a document of a probe and"))
            #expect(outcome.errors.contains("next: "))
            let text = directory.appending(path: "text").path
            try Data("hello".utf8).write(to: URL(filePath: text))
            #expect(run([text, after]).errors.contains("is not a pprof profile"))
            #expect(run([before, after, "--normalize", "duration"]).errors.contains("does not say how long"))
        }
    }
}
