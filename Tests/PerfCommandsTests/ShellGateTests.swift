import FoundationEssentials
import Glibc
import Testing

/// The shell gate on repositories of its own: what a CI job would see.
@Suite(
    "the shell gate, live", .serialized, .tags(.live), .timeLimit(.minutes(20)),
    .enabled(if: Live.isPossible && LiveCompiler.isPossible(for: "the shell gate, live"), "see above"))
struct ShellGateTests {
    @Test("a change that costs nothing passes")
    func good() throws {
        let scene = try GateScene.started()
        try scene.commit(.init(label: "second"))
        let ending = try scene.gate("HEAD~1", "--effect", "20%")
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("nothing got worse"), "\(ending.text)")
        try scene.expectNothingLeft()
    }

    @Test("a commit that changes no program is not even measured")
    func unchanged() throws {
        let scene = try GateScene.started()
        try scene.write("notes", "more")
        try scene.git("add", "-A")
        try scene.git("commit", "--quiet", "-m", "notes")
        let ending = try scene.gate("HEAD~1", "--format", "json")
        #expect(ending.status == 0)
        #expect(ending.text.contains("unchanged"), "\(ending.text)")
    }

    @Test("15% more work fails, and the report names CPU time")
    func slower() throws {
        let scene = try GateScene.started()
        try scene.commit(.init(steps: 23_000_000, label: "slower"))
        let ending = try scene.gate("HEAD~1", "--no-cause", "--also", "junit=\(scene.directory.path)/gate.xml")
        #expect(ending.status == 1, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("more CPU time"), "\(ending.text)")
        let junit = try String(contentsOfFile: scene.directory.path + "/gate.xml", encoding: .utf8)
        #expect(junit.contains("<failure"))
        try scene.expectNothingLeft()
    }

    @Test("one allocation more fails, though the time stays the same")
    func allocations() throws {
        let scene = try GateScene.started()
        try scene.commit(.init(blocks: 101, label: "allocates"))
        let ending = try scene.gate("HEAD~1", "--no-cause", "--effect", "20%", "--max-pairs", "15")
        #expect(ending.status == 1, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("allocations"), "\(ending.text)")
    }

    @Test("a benchmark that crashes is a failure of the change that crashes it")
    func crashes() throws {
        let scene = try GateScene.started()
        try scene.commit(.init(crashes: true, label: "crashes"))
        let ending = try scene.gate("HEAD~1")
        #expect(ending.status == 1, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("SIGABRT"), "\(ending.text)")
        // Where base crashes as well, nobody can say what the change did.
        try scene.commit(.init(crashes: true, label: "crashes still"))
        #expect(try scene.gate("HEAD~1").status == 6)
        try scene.expectNothingLeft()
    }

    @Test("what cannot be built says why, and whose fault it is")
    func unbuildable() throws {
        let scene = try GateScene.started()
        try scene.write("work.c", "int main(void) { return nothing; }")
        try scene.commit(.init(label: "no program"))
        let ending = try scene.gate("HEAD~1")
        #expect(ending.status == 5)
        #expect(ending.errors.contains("head cannot be built"), "\(ending.errors)")
        #expect(ending.errors.contains("undeclared"), "\(ending.errors)")
        try scene.expectNothingLeft()
    }

    @Test("the work tree is gated as it is, with a word about what no commit has")
    func dirty() throws {
        let scene = try GateScene.started()
        try scene.write(.init(blocks: 101, label: "not committed"))
        let ending = try scene.run(
            [Live.perfdoctor, "gate", "--base", "HEAD", "--no-cause", "--effect", "20%", "--max-pairs", "15"])
        #expect(ending.status == 1, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("work.h"), "\(ending.text)")
        try scene.expectNothingLeft()
    }

    @Test("a detached head and a hook's environment change nothing")
    func detached() throws {
        let scene = try GateScene.started()
        try scene.commit(.init(label: "second"))
        try scene.git("checkout", "--quiet", "--detach")
        scene.environment["GIT_DIR"] = ".git"
        let ending = try scene.gate("HEAD~1", "--effect", "20%")
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        scene.environment["GIT_DIR"] = nil
        try scene.expectNothingLeft()
    }

    @Test("a package within a repository is built and run in its own folder")
    func folder() throws {
        let scene = try GateScene.started()
        try scene.git("mv", "work.c", "work.h", "perfdoctor.json", "ci")
        try scene.git("commit", "--quiet", "-m", "moved")
        let ending = try scene.run(
            [Live.perfdoctor, "gate", "--base", "HEAD", "--head", "HEAD", "--format", "json"], at: scene.root + "/ci")
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("unchanged"), "\(ending.text)")
    }

    @Test("a shallow clone is gated, with a warning that it cannot tell where head parted")
    func shallow() throws {
        let scene = try GateScene.started()
        try scene.git("checkout", "--quiet", "-b", "feature")
        try scene.commit(.init(label: "second"))
        let clone = scene.directory.path + "/shallow"
        try scene.git(
            "clone", "--quiet", "--depth", "1", "--no-single-branch", "file://\(scene.root)", clone)
        let ending = try scene.gate("origin/main", "--effect", "20%", at: clone)
        #expect(ending.status == 0, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("git fetch --unshallow"), "\(ending.text)")
        try scene.expectNothingLeft(at: clone)
        let unknown = try scene.gate("origin/release", at: clone)
        #expect(unknown.status == 64)
        #expect(unknown.errors.contains("this clone is shallow"), "\(unknown.errors)")
    }

    @Test("submodules are checked out as each side has them")
    func submodule() throws {
        let scene = try GateScene.started()
        scene.environment["GIT_ALLOW_PROTOCOL"] = "file"
        let library = scene.directory.path + "/library"
        try scene.git("clone", "--quiet", scene.root, library)
        try scene.git("submodule", "--quiet", "add", library, "library")
        try scene.write(
            "perfdoctor.json",
            GateScene.settings.replacing("gcc -O1 -o work work.c", with: "gcc -O1 -o work library/work.c"))
        try scene.git("add", "-A")
        try scene.git("commit", "--quiet", "-m", "with a submodule")
        let library101 = try String(contentsOfFile: library + "/work.h", encoding: .utf8)
            .replacing("BLOCKS 100", with: "BLOCKS 101")
        try Data(library101.utf8).write(to: URL(filePath: library + "/work.h"))
        try scene.git("commit", "--quiet", "-a", "-m", "allocates", at: library)
        try scene.git("pull", "--quiet", at: scene.root + "/library")
        try scene.git("commit", "--quiet", "-a", "-m", "the library allocates")
        let ending = try scene.gate("HEAD~1", "--no-cause", "--effect", "20%", "--max-pairs", "15")
        #expect(ending.status == 1, "\(ending.text)\(ending.errors)")
        #expect(ending.text.contains("allocations"), "\(ending.text)")
        try scene.expectNothingLeft()
    }

    /// Where a gate is when it is stopped.
    enum Stage: CaseIterable { case checkout, build, measurement }

    @Test("a gate that is stopped leaves nothing behind", arguments: Stage.allCases, [SIGINT, SIGTERM])
    func stopped(stage: Stage, signal: Int32) throws {
        let scene = try GateScene.started()
        let mark = scene.directory.path + "/mark"
        let slow = "touch '\(mark)' && sleep 60"
        switch stage {
        case .checkout:
            try scene.write(".gitattributes", "work.c filter=slow\n")
        case .build:
            try scene.write(
                "perfdoctor.json", #"{ build: "sh -c \"\#(slow)\"", suites: { work: { command: "true" } } }"#)
        case .measurement:
            try scene.write(
                "perfdoctor.json", #"{ suites: { work: { shell: "sh", command: "\#(slow)" } } }"#)
        }
        try scene.commit(.init(label: "slow"))
        if stage == .checkout { try scene.git("config", "filter.slow.smudge", slow + "; cat") }
        let process = try scene.start(["ci/perfdoctor-gate", "HEAD"])
        for _ in 0..<3000 where !FileManager.default.fileExists(atPath: mark) && !process.isOver { usleep(10_000) }
        try #require(!process.isOver, "\(process.wait())")
        kill(process.pid, signal)
        let ending = process.wait()
        #expect(ending.status == 5, "\(ending.text)\(ending.errors)")
        #expect(ending.errors.contains("stopped"), "\(ending.errors)")
        try scene.expectNothingLeft()
    }

    @Test("a runner without perfdoctor says how it comes there; one that is built from a checkout is used")
    func installation() throws {
        let scene = try GateScene.started()
        scene.environment["PERFDOCTOR_EXECUTABLE"] = ""
        let missing = try scene.gate("HEAD")
        #expect(missing.status == 5)
        #expect(missing.errors.contains("PERFDOCTOR_REPOSITORY"), "\(missing.errors)")
        scene.environment["PERFDOCTOR_EXECUTABLE"] = "/no/such/file"
        #expect(try scene.gate("HEAD").errors.contains("cannot be run: /no/such/file"))

        // A repository whose ci/perfdoctor needs no building.
        let other = try GateScene()
        try other.write("ci/perfdoctor", "#!/bin/sh\nexec '\(Live.perfdoctor)' \"$@\"\n")
        try other.git("add", "-A")
        try other.git("update-index", "--chmod=+x", "ci/perfdoctor")
        try other.git("commit", "--quiet", "-m", "perfdoctor")
        scene.environment["PERFDOCTOR_EXECUTABLE"] = ""
        scene.environment["PERFDOCTOR_REPOSITORY"] = other.root
        scene.environment["PERFDOCTOR_CACHE"] = scene.directory.path + "/cache"
        for _ in 0..<2 {
            let built = try scene.gate("HEAD", "--no-merge-base")
            #expect(built.status == 0, "\(built.text)\(built.errors)")
        }
    }
}
