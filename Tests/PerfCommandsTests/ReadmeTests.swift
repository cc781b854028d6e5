import FoundationEssentials
import Glibc
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("shows what its commands really print", .timeLimit(.minutes(15)))
    func transcripts() throws {
        let transcripts = Transcript.all(in: try Repository.text(of: "README.md"))
        #expect(!transcripts.isEmpty, "README.md has no transcript")
        guard let perfdoctor = executable("PERFDOCTOR_EXECUTABLE", "perfdoctor") else {
            print("README: transcripts not run: perfdoctor is not built; run: swift build")
            return
        }
        let scratch = FileManager.default.temporaryDirectory.path + "/perfdoctor-readme-\(getpid())"
        defer { remove(scratch) }
        try FileManager.default.createDirectory(atPath: scratch + "/ci", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: scratch + "/.build/release", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: scratch + "/ci/perfdoctor", withDestinationPath: perfdoctor)
        if let workload = workload() {
            try FileManager.default.createSymbolicLink(
                atPath: scratch + "/.build/release/perfdoctor-workload", withDestinationPath: workload
            )
        }
        try FileManager.default.createSymbolicLink(
            atPath: scratch + "/Sources", withDestinationPath: Repository.root + "Sources"
        )
        guard try run("ci/perfdoctor self-check >/dev/null || echo blind", in: scratch).isEmpty else {
            print("README: transcripts not run: perfdoctor cannot record here; ask perfdoctor self-check")
            return
        }
        for step in transcripts.flatMap(\.steps) {
            let printed = try run(step.command, in: scratch)
            #expect(
                Transcript.matches(printed, expected: step.expected),
                "README.md: '\(step.command)' prints:\n\(printed.joined(separator: "\n"))"
            )
        }
    }

    @Test("matches transcripts: numbers, blanks and … vary, words do not")
    func matching() {
        #expect(Transcript.matches(["took 1,234.5 ms  for a"], expected: ["took 9 ms for a"]))
        #expect(Transcript.matches(["took 1.2 s for a"], expected: ["took 9 ms for a"]))
        #expect(Transcript.matches(["a", "b", "c"], expected: ["a", "…"]))
        #expect(Transcript.matches(["a", "b", "c"], expected: ["…", "c"]))
        #expect(Transcript.matches(["pid 12 of x"], expected: ["pid … of x"]))
        #expect(!Transcript.matches(["pid 12 of y"], expected: ["pid … of x"]))
        #expect(!Transcript.matches(["a", "b"], expected: ["a"]))
        #expect(!Transcript.matches([], expected: ["a"]))
        #expect(Transcript.matches([], expected: []))
    }

    @Test("finds the blocks that are marked, and no others")
    func blocks() {
        let text =
            "```console\n$ no\n```\n<!-- transcript -->\n\n```console\n$ yes\nout\n$ two\n```\n```console\n$ no\n```\n"
        let transcripts = Transcript.all(in: text)
        #expect(transcripts.map { $0.steps.map(\.command) } == [["yes", "two"]])
        #expect(transcripts.first?.steps.first?.expected == ["out"])
    }

    /// An executable that a variable names, or that stands beside this test bundle.
    private func executable(_ variable: String, _ name: String) -> String? {
        if let path = ProcessInfo.processInfo.environment[variable] { return path }
        let path = Repository.root + ".build/debug/" + name
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private func workload() -> String? {
        if let folder = ProcessInfo.processInfo.environment["PERFDOCTOR_WORKLOADS"] {
            return folder + "/swiftpm/perfdoctor-workload"
        }
        return executable("PERFDOCTOR_WORKLOAD", "perfdoctor-workload")
    }

    /// Runs a line in a shell and returns the lines of its standard output and error.
    private func run(_ command: String, in folder: String) throws -> [String] {
        // SAFETY: both arguments are terminated strings; the stream is closed below, after its last use.
        guard let stream = unsafe popen("exec 2>&1 </dev/null; cd '\(folder)' && { \(command)\n}", "r") else {
            throw ShellError(command: command)
        }
        defer { _ = unsafe pclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: the array has as many bytes as the call may write.
            let count = unsafe fread(&chunk, 1, chunk.count, stream)
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map(String.init)
    }

    private func remove(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("cannot remove \(path): \(error)")
        }
    }
}

/// A shell could not be started.
private struct ShellError: Error {
    var command: String
}
