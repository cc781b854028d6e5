import FoundationEssentials
import Glibc
import PerfModel
import Testing

@testable import PerfCommands

@Suite("Diagnose command", .timeLimit(.minutes(15))) struct DiagnoseCommandTests {
    /// What programs read of a diagnosis.
    struct Document: Decodable {
        struct Verdict: Decodable {
            struct Culprit: Decodable {
                var pid: Int32
                var process: String
                var function: String?
                var shareRatio: Double?
            }
            var bottleneck, confidence, summary: String
            var culprit: Culprit?
        }
        struct Budget: Decodable {
            var onCpuRatio, runnableRatio, throttledRatio: Double
            var blocked: [String: Double]
        }
        struct Finding: Decodable {
            var id, severity, resource, summary: String
        }
        struct Unmeasured: Decodable {
            var id, reason, remedy: String
        }
        var schema: String
        var verdict: Verdict
        var timeBudget: Budget?
        var findings: [Finding]
        var exonerated: [String]
        var unmeasured: [Unmeasured]
    }

    private func run(_ arguments: [String]) -> (code: ExitCode, text: String, errors: String) {
        let output = CollectingSink()
        let errors = CollectingSink()
        let context = CommandContext(output: output, errors: errors)
        let code = Perfdoctor.run(arguments: ["diagnose"] + arguments, in: context)
        return (code, output.text, errors.text)
    }

    private func document(_ arguments: [String]) throws -> Document {
        let outcome = run(arguments + ["--format", "json"])
        #expect(outcome.code == .success, "\(outcome.errors)")
        return try Self.decoder.decode(Document.self, from: Data(outcome.text.utf8))
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    private static let scenes = Repository.root + "Tests/PerfHostTests/Fixtures/"

    @Test(
        "refuses what cannot be meant",
        arguments: [
            ["-p", "0"], ["-p=-3"], ["-d", "0.5"], ["--replay", "x", "-p", "1"], ["--replay", "x", "--record", "y"],
            ["--format", "jsno"], ["--fail-on", "info"], ["--width", "10"], ["--config", "/dev/null"],
        ])
    func refused(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage)
        #expect(outcome.text.isEmpty && !outcome.errors.isEmpty)
    }

    @Test("says what is wrong with what it cannot diagnose, and what to do")
    func impossible() {
        let gone = run(["-p", "2147483646", "-d", "1"])
        #expect(gone.code == .failure)
        #expect(gone.errors.contains("there is no process 2147483646 to diagnose"))
        #expect(gone.errors.contains("next: "))
        let missing = run(["--replay", "/nowhere"])
        #expect(missing.code == .failure && missing.errors.contains("/nowhere"))
        let empty = run(["--replay", Self.scenes + "checks"])
        #expect(empty.code == .failure && empty.errors.contains("holds no snapshots"))
    }

    @Test("explains every check: source, limits, trap")
    func list() {
        let outcome = run(["--list"])
        #expect(outcome.code == .success && outcome.errors.isEmpty)
        for id in ["cpu.sat", "cpu.throttle", "mem.psi", "disk.await", "net.listen", "lock.futex"] {
            #expect(outcome.text.contains("\(id)\n"))
        }
        let count = outcome.text.split(separator: "\n").count { $0.hasPrefix("  trap") }
        #expect(count == outcome.text.split(separator: "\n").count { $0.hasPrefix("  source") })
        #expect(count >= 30)
    }

    @Test("a recording gives its diagnosis again; blind parts are told, never healthy")
    func replay() throws {
        let found = try document(["--replay", Self.scenes + "virtual-machine-hybrid"])
        #expect(found.schema == "perfdoctor.diagnosis/1")
        let again = try document(["--replay", Self.scenes + "virtual-machine-hybrid"])
        #expect(found.verdict.summary == again.verdict.summary)
        if let budget = found.timeBudget {
            let sum =
                budget.onCpuRatio + budget.runnableRatio + budget.throttledRatio
                + budget.blocked.values.reduce(0, +)
            #expect(abs(sum - 1) < 1e-9)
            #expect(
                Set(budget.blocked.keys) == [
                    "disk", "memory", "lock", "database", "cache", "network", "sleep", "idle", "unknown",
                ])
        }
        #expect(found.unmeasured.contains { $0.id == "net.ping" })
        // Two snapshots with nothing but one file: nothing may be called healthy that was not seen.
        let blind = try document(["--replay", Self.scenes + "checks/disk.space/healthy-mostly-empty"])
        #expect(blind.verdict.confidence == "low")
        #expect(blind.exonerated.isEmpty)
        #expect(blind.unmeasured.contains { $0.id == "cpu.util" })
    }

    @Test("--fail-on tells jobs by the exit code")
    func failOn() {
        let sick = Self.scenes + "checks/disk.space/sick"
        #expect(run(["--replay", sick]).code == .success)
        #expect(run(["--replay", sick, "--fail-on", "warning"]).code == .finding)
        #expect(
            run(["--replay", Self.scenes + "checks/disk.space/healthy-mostly-empty", "--fail-on", "warning"]).code
                == .success)
    }

    @Test("a limit of perfdoctor.json replaces a check's own")
    func configured() throws {
        let path = FileManager.default.temporaryDirectory.path + "/perfdoctor-config-\(getpid()).json"
        try Data("{ thresholds: { 'disk.space': { warning: 2, critical: 3 } } }".utf8).write(to: URL(filePath: path))
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
        let sick = Self.scenes + "checks/disk.space/sick"
        #expect(run(["--replay", sick, "--fail-on", "warning", "--config", path]).code == .success)
    }

    @Test("text says the verdict first, and what was not seen", arguments: [60, 100, 200])
    func text(width: Int) {
        let outcome = run(["--replay", Self.scenes + "virtual-machine-hybrid", "--width", "\(width)"])
        #expect(outcome.code == .success && outcome.errors.isEmpty)
        let flat = outcome.text.split { $0.isWhitespace }.joined(separator: " ")
        #expect(flat.firstRange(of: ". Confidence ") != nil)
        #expect(flat.contains("Not seen"))
        #expect(!outcome.text.unicodeScalars.contains("\u{1B}"))
    }

    @Test(
        "a program that computes all the time is found, with its function", .tags(.live),
        .enabled(if: Live.isPossible, "see above"))
    func spinner() throws {
        let directory = try LiveDirectory()
        let spinner = try LiveProcess([Live.workload, "spin", "--ms", "60000"], in: directory)
        #expect(spinner.waitForOutput("ready"))
        let diagnosis = try LiveProcess(
            [Live.perfdoctor, "diagnose", "-p", "\(spinner.pid)", "-d", "3", "--format", "json"], in: directory
        ).wait()
        #expect(diagnosis.status == 0, "\(diagnosis.errors)")
        let found = try Self.decoder.decode(Document.self, from: Data(diagnosis.output))
        let budget = try #require(found.timeBudget)
        // Others may want the CPU, too: running and ready together are all of its time, but for the thread that waits
        // for the one that computes.
        let passive = ["idle", "sleep", "unknown"].reduce(0) { $0 + (budget.blocked[$1] ?? 0) }
        #expect((budget.onCpuRatio + budget.runnableRatio) / (1 - passive) > 0.8, "\(budget)")
        #expect(found.verdict.bottleneck == "cpu", "\(found.verdict)")
        // On a machine that is full, who keeps it from the CPU is to blame.
        guard budget.onCpuRatio > budget.runnableRatio else { return }
        #expect(found.verdict.culprit?.pid == spinner.pid, "\(found.verdict)")
        if !found.unmeasured.contains(where: { $0.id == "profile" }) {
            #expect(found.verdict.culprit?.function?.contains("spin") == true, "\(found.verdict)")
        }
    }
}
