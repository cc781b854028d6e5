import FoundationEssentials
import Glibc
import Testing

/// The command plugins, in a package that is thrown away and depends on this one by its path.
@Suite(
    "plugins, live", .serialized, .tags(.live), .timeLimit(.minutes(15)), .enabled(if: Live.isPossible, "see above"))
struct PluginTests {
    /// A package with one program, and what it asks of this one.
    private func downstream(traits: String) throws -> GateScene {
        let scene = try GateScene()
        let checkout = Repository.root.hasSuffix("/") ? String(Repository.root.dropLast()) : Repository.root
        try scene.write(
            "Package.swift",
            """
            // swift-tools-version: 6.3
            import PackageDescription
            let package = Package(
                name: "downstream",
                dependencies: [.package(name: "perfdoctor", path: "\(checkout)"\(traits))],
                targets: [.executableTarget(name: "work")])

            """)
        try scene.write("Sources/work/main.swift", "print((0..<1000).reduce(0, &+))\n")
        try scene.write("perfdoctor.json", #"{ suites: { work: { command: ".build/release/work" } } }"#)
        try scene.write(".gitignore", ".build/\nPackage.resolved\n")
        try scene.git("add", "-A")
        try scene.git("commit", "--quiet", "-m", "first")
        return scene
    }

    private func package(_ scene: GateScene, _ arguments: String...) throws -> LiveProcess.Ending {
        try scene.run(["swift", "package", "--allow-writing-to-package-directory"] + arguments)
    }

    @Test("one that is installed is found, runs in the package, and nothing of it is compiled or fetched")
    func installed() throws {
        let scene = try downstream(traits: ", traits: []")
        let version = try package(scene, "perfdoctor", "--version")
        #expect(version.status == 0, "\(version.errors)")
        #expect(version.text.contains("0."))

        // Within the package, and without waiting for the lock that SwiftPM holds meanwhile.
        try scene.write("Sources/work/main.swift", "print((0..<1000).reduce(1, &+))\n")
        let gate = try package(
            scene, "perfdoctor", "gate", "--base", "HEAD", "--max-pairs", "2", "--no-cause", "--effect", "50%")
        #expect(gate.text.contains("Sources/work/main.swift"), "\(gate.text)\(gate.errors)")
        #expect(gate.status == 0, "\(gate.text)\(gate.errors)")
        try scene.expectNothingLeft(besides: "TemporaryDirectory", "_")

        let failed = try package(scene, "perfdoctor", "gate", "--base", "no-such-revision")
        #expect(failed.status == 1)
        #expect(failed.errors.contains("perfdoctor exit code 64"), "\(failed.errors)")

        scene.environment["PERFDOCTOR_EXECUTABLE"] = nil
        let path = scene.environment["PATH"] ?? ""
        try FileManager.default.createSymbolicLink(
            atPath: scene.temporary + "/perfdoctor", withDestinationPath: Live.perfdoctor)
        scene.environment["PATH"] = "\(path):\(scene.temporary)"
        #expect(try package(scene, "perfdoctor", "--version").text == version.text)
        scene.environment["PATH"] = path
        let missing = try package(scene, "perfdoctor", "--version")
        #expect(missing.status == 1)
        #expect(missing.errors.contains("perfdoctor is not in PATH"), "\(missing.errors)")

        let built = try FileManager.default.subpathsOfDirectory(atPath: scene.root + "/.build")
        #expect(!built.contains { $0.hasPrefix("checkouts/") })
        #expect(!built.contains { $0.contains("PerfModel") && ($0.hasSuffix(".o") || $0.hasSuffix(".swiftmodule")) })
    }

    /// A minute: it compiles all of perfdoctor.
    @Test("one that is built from its source runs in the package, and says its exit code")
    func built() throws {
        let scene = try downstream(traits: "")
        scene.environment["PERFDOCTOR_EXECUTABLE"] = nil
        let process = try scene.start([
            "swift", "package", "--allow-writing-to-package-directory", "perfdoctor-from-source", "--no-such-option",
        ])
        while !process.isOver { usleep(100_000) }
        let ending = process.wait()
        #expect(ending.status == 1)
        #expect(ending.errors.contains("perfdoctor exit code 64"), "\(ending.errors)")
        // Built already: that takes no time.
        let again = try package(scene, "perfdoctor-from-source", "--version")
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.text.contains("0."), "\(again.text)")
    }
}
