import FoundationEssentials
import Glibc
import PerfModel
import PerfSessions
import Testing

@testable import PerfCommands

/// Programs that are linked in several orders.
@Suite(
    "a gate over layouts, live", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(if: Live.isPossible && LiveCompiler.isPossible(for: "a gate over layouts, live"), "see above"))
struct LayoutGateTests {
    /// Ten functions, so that there are orders enough.
    private static let program = """
        #include <stdint.h>
        #include "work.h"
        const char *label = LABEL;
        #define STEP(name) uint64_t __attribute__((noinline)) name(uint64_t value) { return value * 6364136223846793005u + 1; }
        STEP(a) STEP(b) STEP(c) STEP(d) STEP(e) STEP(f) STEP(g) STEP(h) STEP(i) STEP(j)
        int main(void) {
            uint64_t value = BLOCKS + CRASHES;
            for (long n = 0; n < STEPS; n++) value = a(b(c(d(e(f(g(h(i(j(value))))))))));
            volatile uint64_t kept = value;
            (void)kept;
            return 0;
        }

        """

    private struct Gate: Decodable {
        struct Comparison: Decodable {
            var metric, verdict: String
            var n: Int
        }
        struct Pairs: Decodable {
            var metric: String
            var layout: [Int]?
        }
        var verdict: String
        var comparisons: [Comparison]
        var pairs: [Pairs]
    }

    private func started() throws -> GateScene {
        let scene = try GateScene.started()
        try scene.write("work.c", Self.program)
        try scene.commit(.init(steps: 800_000, label: "layouts"))
        try scene.commit(.init(steps: 800_000, label: "the same work"))
        return scene
    }

    private func gate(_ scene: GateScene, _ arguments: String...) throws -> LiveProcess.Ending {
        try scene.run([Live.perfdoctor, "gate", "--base", "HEAD~1", "--no-cause"] + arguments)
    }

    /// Whether ld.lld is there, which Swift's toolchains bring.
    private static let hasLinker: Bool = {
        // SAFETY: the environment does not change while tests run.
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin"
        let isThere = path.split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/ld.lld")
        }
        if !isThere { print("skipped a gate over layouts: there is no ld.lld: apt-get install lld") }
        return isThere
    }()

    private static let build = "gcc -O1 -o work work.c {layout}"

    @Test("layouts take turns, each is one value, and nothing is left of them", .enabled(if: hasLinker, "see above"))
    func layouts() throws {
        let scene = try started()
        let ending = try gate(
            scene, "--build", Self.build, "--layouts", "12", "--effect", "50%", "--max-pairs", "15", "--format", "json",
            "--also", "text=\(scene.directory.path)/gate.txt")
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        let gate = try JSONDecoder().decode(Gate.self, from: Data(ending.output))
        let cpu = try #require(gate.pairs.first { $0.metric == "cpu_time" })
        #expect(cpu.layout == (0..<15).map { $0 % 12 })
        #expect(gate.comparisons.first { $0.metric == "cpu_time" }?.n == 15)
        let text = try String(contentsOfFile: scene.directory.path + "/gate.txt", encoding: .utf8)
        #expect(text.contains("15 pairs of 12 layouts"), "\(text)")
        try scene.expectNothingLeft()
    }

    @Test("a package is compiled once, and linked again for each layout", .enabled(if: hasLinker, "see above"))
    func package() throws {
        let scene = try GateScene.started()
        try scene.git("rm", "--quiet", "work.c", "work.h")
        try scene.write(
            "Package.swift",
            """
            // swift-tools-version: 6.0
            import PackageDescription
            let package = Package(name: "work", targets: [.executableTarget(name: "work")])

            """)
        func source(_ label: String) -> String {
            let functions = "abcdefghij".map {
                "@inline(never) func \($0)(_ x: UInt64) -> UInt64 { x &* 6364136223846793005 &+ 1 }\n"
            }
            let loop = "for _ in 0..<800_000 { x = a(b(c(d(e(f(g(h(i(j(x)))))))))) }"
            return functions.joined() + "var x = UInt64(CommandLine.argc)\n\(loop)\nprint(\"\(label)\", x)\n"
        }
        try scene.write("perfdoctor.json", #"{ suites: { work: { command: ".build/release/work" } } }"#)
        try scene.write(".gitignore", ".build\n")
        for label in ["first", "second"] {
            try scene.write("Sources/work/main.swift", source(label))
            try scene.git("add", "-A")
            try scene.git("commit", "--quiet", "-m", label)
        }
        let ending = try gate(scene, "--layouts", "11", "--effect", "50%", "--max-pairs", "15", "--format", "json")
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        let gate = try JSONDecoder().decode(Gate.self, from: Data(ending.output))
        #expect(gate.pairs.first { $0.metric == "cpu_time" }?.layout == (0..<15).map { $0 % 11 })
        try scene.expectNothingLeft()
    }

    @Test("a build that links in one order, and a work tree that is not committed, are refused")
    func refused() throws {
        let scene = try started()
        let fixed = try gate(scene, "--layouts", "15")
        #expect(fixed.status == 64, "\(fixed.text)")
        #expect(fixed.errors.contains("in one order only") && fixed.errors.contains("{layout}"), "\(fixed.errors)")
        // It takes the number, and does nothing with it.
        let same = try gate(scene, "--layouts", "15", "--build", "gcc -O1 -DX={seed} -o work work.c")
        #expect(same.status == 64)
        #expect(same.errors.contains("are the same program"), "\(same.errors)")
        try scene.write("work.h", "")
        let dirty = try gate(scene, "--layouts", "15", "--build", Self.build)
        #expect(dirty.status == 64)
        #expect(dirty.errors.contains("work.h is not as it was committed"), "\(dirty.errors)")
        try scene.expectNothingLeft()
    }

    @Test("without a linker that orders functions it says so")
    func noLinker() throws {
        let scene = try started()
        let tools = scene.directory.path + "/tools"
        try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: false)
        for tool in ["git", "cp", "gcc"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(tools)/\(tool)", withDestinationPath: "/usr/bin/\(tool)")
        }
        scene.environment["PATH"] = tools
        let ending = try gate(scene, "--layouts", "15", "--build", Self.build)
        #expect(ending.status == 64, "\(ending.text)")
        #expect(ending.errors.contains("ld.lld is not installed"), "\(ending.errors)")
        #expect(ending.errors.contains("apt-get install lld"))
        scene.environment["PATH"] = "/usr/bin:/bin"
        try scene.expectNothingLeft()
    }

    @Test("commands are numbered: programs that somebody linked so often")
    func commands() throws {
        let directory = try LiveDirectory()
        for side in ["old", "new"] {
            for number in 1...11 {
                // Another program, that does the same.
                let program = try Data(contentsOf: URL(filePath: Live.workload)) + Data("\(side)\(number)".utf8)
                let file = "\(directory.path)/\(side)-\(number)"
                try program.write(to: URL(filePath: file))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
            }
        }
        let ending = try LiveProcess(
            [
                Live.perfdoctor, "gate", "--base-cmd", "\(directory.path)/old-{seed} spin --ms 20", "--head-cmd",
                "\(directory.path)/new-{seed} spin --ms 20", "--layouts", "11", "--max-pairs", "15", "--effect", "50%",
                "--format", "json",
            ], in: directory
        ).wait()
        #expect(ending.status == 0, "\(ending.errors)")
        let gate = try JSONDecoder().decode(Gate.self, from: Data(ending.output))
        #expect(gate.pairs.first?.layout == (0..<15).map { $0 % 11 })
    }
}
