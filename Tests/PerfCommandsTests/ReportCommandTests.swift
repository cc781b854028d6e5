import FoundationEssentials
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports
import Synchronization
import Testing

@testable import PerfCommands

/// Keeps what is written to it.
final class CollectingSink: ByteSink {
    private let bytes = Mutex<[UInt8]>([])

    func write(_ new: [UInt8]) { bytes.withLock { $0 += new } }

    var contents: [UInt8] { bytes.withLock { $0 } }
    var text: String { String(decoding: contents, as: UTF8.self) }
}

/// Has lost its reader, or its disk.
struct FailingSink: ByteSink {
    var error: OutputError

    func write(_ bytes: [UInt8]) throws(OutputError) { throw error }
}

struct FixedInput: PerfCommands.InputStream {
    var bytes: [UInt8]

    func readAll(limit: Int) -> [UInt8] { bytes }
}

@Suite("Report command") struct ReportCommandTests {
    struct Outcome {
        var code: ExitCode
        var output: [UInt8]
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    private func run(
        _ arguments: [String], input: [UInt8] = [], columns: Int? = nil, environment: [String: String] = [:]
    ) -> Outcome {
        let output = CollectingSink()
        let errors = CollectingSink()
        let context = CommandContext(
            environment: environment, output: output, errors: errors, outputColumns: columns,
            input: FixedInput(bytes: input)
        )
        let code = Perfdoctor.run(arguments: arguments, in: context)
        return Outcome(code: code, output: output.contents, errors: errors.text)
    }

    private func profile() throws -> [UInt8] {
        var profile = Profile()
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"), Profile.ValueType(type: "cpu", unit: "nanoseconds"),
        ]
        profile.functions = ["main", "parse", "decode"].map {
            Profile.Function(name: $0, systemName: "", file: "/src/\($0).swift", startLine: 1)
        }
        profile.locations = (0..<3).map {
            Profile.Location(mapping: nil, address: UInt64($0) + 1, lines: [Profile.Line(function: $0, line: 5)])
        }
        profile.labelSets.append([
            Profile.Label(key: LabelKey.thread, value: .text("worker")),
            Profile.Label(key: LabelKey.threadID, value: .number(7, unit: "")),
        ])
        profile.samples = [
            Profile.Sample(locations: [2, 1, 0], values: [300, 3_000_000], labelSet: 1),
            Profile.Sample(locations: [1, 0], values: [100, 1_000_000], labelSet: 0),
        ]
        return try profile.encoded()
    }

    /// Gives the path of a directory that is removed afterwards.
    private func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "report-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: directory) } }
        try body(directory)
    }

    @Test("reads a file, and standard input for -")
    func inputs() throws {
        try withDirectory { directory in
            let file = directory.appending(path: "a name\nwith a line end.pb.gz")
            try Data(try profile()).write(to: file)
            let fromFile = run(["report", file.path, "--format", "folded"])
            #expect(fromFile.code == .success)
            #expect(fromFile.text == "main;parse 1000000\nmain;parse;decode 3000000\n")
            let fromInput = run(["report", "-", "--format", "folded"], input: try profile())
            #expect(fromInput.text == fromFile.text)
        }
    }

    @Test("filters, sorts and chooses the sample type")
    func options() throws {
        let bytes = try profile()
        func folded(_ options: String...) -> String {
            run(["report", "-", "--format", "folded"] + options, input: bytes).text
        }
        #expect(folded("--focus", "deco") == "main;parse;decode 3000000\n")
        #expect(folded("--ignore", "deco", "--sample-type", "samples") == "main;parse 100\n")
        #expect(folded("--thread", "^work", "--sample-type", "samples") == "main;parse;decode 300\n")
        let text = run(["report", "-", "--sort", "total", "--top", "1"], input: bytes).text
        #expect(text.contains("100.0%  4.00 ms   25.0%   4.5  parse"))
        #expect(text.hasPrefix("decode takes 75.0% ±4.5 of the CPU time by itself, all of it on worker (tid 7)"))
    }

    @Test("reads folded stacks and perf script from standard input, for every format")
    func otherTools() throws {
        let folded = Array("main;parse;decode 3\nmain;parse 1\n".utf8)
        #expect(
            run(["report", "-", "--format", "folded"], input: folded).text == "main;parse 1\nmain;parse;decode 3\n")
        let script = Array(
            """
            app 7/8 [000] 1.500000: 1000 cpu-clock:
            \t401000 work+0x4 (/bin/app)

            app 7/8 [000] 2.750000: 1000 cpu-clock:
            \t402000 rest+0x4 (/bin/app)

            """.utf8)
        for format in ReportFormats.all {
            let outcome = run(["report", "-", "--format", format.id], input: script)
            #expect(outcome.code == .success && !outcome.output.isEmpty, "\(format.id): \(outcome.errors)")
        }
        let window = run(["report", "-", "--format", "folded", "--time", "1,"], input: script)
        #expect(window.text == "rest 1000\n")
        let perfData = run(["report", "-"], input: Array("PERFILE2".utf8) + [UInt8](repeating: 0, count: 99))
        #expect(perfData.code == .failure)
        #expect(perfData.errors.contains("next: perf script -i perf.data | perfdoctor report -"))
    }

    @Test("a window needs times")
    func windowWithoutTimes() throws {
        let outcome = run(["report", "-", "--time", "1,2"], input: try profile())
        #expect(outcome.code == .failure)
        #expect(outcome.errors.contains("does not say when its samples were taken"))
        #expect(outcome.errors.contains("next: record with times: perfdoctor record --timeline"))
    }

    @Test("writes a file whole, for its owner alone")
    func outputFile() throws {
        try withDirectory { directory in
            let path = directory.appending(path: "out.txt").path
            let outcome = run(["report", "-", "-o", path], input: try profile(), columns: 80)
            #expect(outcome.code == .success && outcome.output.isEmpty)
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            #expect(text.contains("decode") && !text.contains("\u{1B}"))
            let missing = run(["report", "-", "-o", path + "/x"], input: try profile())
            #expect(missing.code == .failure)
            #expect(missing.errors.hasPrefix("error: cannot write "))
        }
    }

    @Test("colours only on a terminal, and not with NO_COLOR")
    func color() throws {
        let bytes = try profile()
        #expect(run(["report", "-"], input: bytes, columns: 80).text.contains("\u{1B}[1m"))
        #expect(!run(["report", "-"], input: bytes).text.contains("\u{1B}"))
        #expect(
            !run(["report", "-"], input: bytes, columns: 80, environment: ["NO_COLOR": "1"]).text.contains("\u{1B}"))
        #expect(
            !run(["report", "-"], input: bytes, columns: 80, environment: ["TERM": "dumb"]).text.contains("\u{1B}"))
    }

    @Test("bytes that are no text do not go to a terminal")
    func binary() throws {
        let outcome = run(["report", "-", "--format", "pprof"], input: try profile(), columns: 80)
        #expect(outcome.code == .usage && outcome.output.isEmpty)
        let piped = run(["report", "-", "--format", "pprof"], input: try profile())
        #expect(try Profile(decoding: piped.output).samples.count == 2)
    }

    @Test(
        "what cannot be read is told with the next step, exit 5",
        arguments: [
            (["report", "/nonexistent/file"], "cannot read /nonexistent/file: No such file or directory"),
            (["report", "/"], "/ is a directory, not a profile"),
            (["report", "/dev/null"], "/dev/null is empty"),
            (["report", "/proc/self/exe"], "it looks like a program or library (ELF)"),
            (["report", "/etc/passwd"], "is not a pprof profile"),
        ]
    )
    func badFiles(arguments: [String], message: String) {
        let outcome = run(arguments)
        #expect(outcome.code == .failure)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(message))
        #expect(outcome.errors.contains("\nnext: "))
    }

    @Test("a profile that is cut off is told so")
    func truncated() throws {
        let bytes = try profile()
        for count in stride(from: 1, to: bytes.count, by: 7) {
            let outcome = run(["report", "-"], input: Array(bytes[..<count]))
            #expect(outcome.code == .failure)
            #expect(outcome.errors.contains("\nnext: "))
        }
    }

    @Test(
        "wrong usage is told with what is right, exit 64",
        arguments: [
            (["report"], "<file>"),
            (["report", "-", "--format", "txt"], "did you mean --format text?"),
            (["report", "-", "--focus", "a(b"], "expected ')' at character 4"),
            (["report", "-", "--by", "type"], "use --by function, line, module or thread"),
            (["report", "-", "--sample-type", "wall"], "use --sample-type samples or cpu"),
            (["report", "-", "--top", "0"], "--top must be at least 1"),
            (["report", "-", "--time", "3,2"], "it ends before it begins"),
            (["report", "-", "--time", "3"], "use --time A,B in seconds"),
            (["report", "-", "--width", "3"], "--width must be"),
            (["report", "-", "--sort", "name"], "'self' and 'total'"),
            (["report", "-", "--source-path", "x"], "FROM=TO"),
            (["report", "-", "--frmat", "text"], "perfdoctor report --help"),
            (["reprot", "-"], "did you mean perfdoctor report?"),
            (["--nonsense"], "perfdoctor --help"),
            (["report", "-", "--focus", "\u{1B}[31m("], "\\u{1B}[31m("),
        ]
    )
    func usage(arguments: [String], message: String) throws {
        let outcome = run(arguments, input: try profile())
        #expect(outcome.code == .usage)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("error: ") && outcome.errors.contains(message), "\(outcome.errors)")
        #expect(outcome.errors.contains("\nnext: "))
        #expect(!outcome.errors.contains("\u{1B}"))
    }

    @Test("a reader that leaves is no error; a full disk is one")
    func brokenOutput() throws {
        let errors = CollectingSink()
        var context = CommandContext(
            output: FailingSink(error: .brokenPipe), errors: errors, input: FixedInput(bytes: try profile()))
        #expect(Perfdoctor.run(arguments: ["report", "-"], in: context) == .success)
        #expect(Perfdoctor.run(arguments: ["--help"], in: context) == .success)
        #expect(errors.text.isEmpty)
        context.output = FailingSink(error: .failed(reason: "No space left on device"))
        #expect(Perfdoctor.run(arguments: ["report", "-"], in: context) == .failure)
        #expect(errors.text.hasPrefix("error: cannot write the output: No space left on device\nnext: "))
    }

    @Test("help goes to standard output, with examples that parse")
    func help() {
        let outcome = run(["report", "--help"])
        #expect(outcome.code == .success && outcome.errors.isEmpty)
        let examples = outcome.text.split(separator: "\n").filter { $0.hasPrefix("  perfdoctor report") }
        #expect(examples.count >= 8)
        for example in examples {
            // Two blanks end the command; what it is for follows.
            let command = example.dropFirst(2)
            let end = command.firstRange(of: "  ")?.lowerBound ?? command.endIndex
            var words = command[..<end].split(separator: " ").map { $0.filter { $0 != "'" } }
            if let redirection = words.firstIndex(of: "<") { words = Array(words[..<redirection]) }
            // Nothing has such a name: what parses ends there.
            let outcome = run(words.dropFirst().map { $0.hasSuffix(".pb.gz") ? "/nonexistent/\($0)" : $0 })
            #expect(!outcome.errors.contains("Usage:"), "\(example): \(outcome.errors)")
        }
    }

    @Test("alone it explains the three jobs")
    func introduction() {
        let outcome = run([])
        #expect(outcome.code == .success)
        for text in [
            "Profile a program", "Diagnose a host", "Gate a pull request", "perfdoctor record", "perfdoctor report",
        ] {
            #expect(outcome.text.contains(text))
        }
        #expect(run(["--version"]).text == ToolVersion.current.version + "\n")
    }

    @Test("source text is found under another path")
    func sourcePath() throws {
        try withDirectory { directory in
            let source = directory.appending(path: "decode.swift")
            try Data("one\ntwo\nthree\nfour\n\tlet five = 5\n".utf8).write(to: source)
            let text = run(
                ["report", "-", "--format", "source", "--source-path", "/src=\(directory.path)", "--top", "1"],
                input: try profile()
            ).text
            #expect(text.contains("75.0%   75.0%      5      let five = 5"))
            #expect(run(["report", "-", "--format", "source"], input: try profile()).text.contains("source not shown"))
        }
    }

    @Test("a source file that is a pipe, a device or a directory is not read")
    func oddSources() {
        for path in ["/dev/zero", "/", "/dev/null", "relative.swift"] {
            if case .lines(let lines, modifiedAt: _) = SourceFiles().text(of: path) {
                Issue.record("\(path) was read: \(lines.count) lines")
            }
        }
    }
}
