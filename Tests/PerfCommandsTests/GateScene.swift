import FoundationEssentials
import Glibc
import Testing

@testable import PerfCommands

/// A repository with one benchmark, its commits, and the shell gate that `perfdoctor init` writes.
final class GateScene {
    /// What the benchmark does at a commit.
    struct Work {
        /// Steps of one chain of multiplications; 20 million take some 30 ms.
        var steps = 20_000_000
        var blocks = 100
        var crashes = false
        /// Makes the program another one, and changes nothing that it does.
        var label = "first"
    }

    let directory: LiveDirectory
    /// With a blank: paths of people have them.
    let root: String
    /// Where temporary files of perfdoctor go.
    let temporary: String
    var environment: [String: String]

    init() throws {
        directory = try LiveDirectory()
        root = directory.path + "/a repository"
        temporary = directory.path + "/tmp"
        for path in [root, temporary] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GIT_") }
        environment = inherited.merging([
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
            "TMPDIR": temporary, "PERFDOCTOR_EXECUTABLE": Live.perfdoctor, "LC_ALL": "C",
        ]) { $1 }
        try git("init", "--quiet", "-b", "main")
    }

    /// With the benchmark's first commit and the gate.
    static func started() throws -> GateScene {
        let scene = try GateScene()
        let ending = try scene.run([Live.perfdoctor, "init", "--ci", "shell"])
        try #require(ending.status == 0, "\(ending.errors)")
        try scene.write("perfdoctor.json", settings)
        try scene.write("work.c", program)
        try scene.write(".gitignore", "work\n")
        try scene.commit(Work())
        return scene
    }

    static let settings = """
        {
            build: "gcc -O1 -o work work.c",
            suites: { work: { command: "./work", metrics: ["cpu_time", "allocations"] } },
        }

        """

    private static let program = """
        #include <stdint.h>
        #include <stdlib.h>
        #include "work.h"
        const char *label = LABEL;
        int main(void) {
            if (CRASHES) abort();
            for (int i = 0; i < BLOCKS; i++) {
                volatile char *block = malloc(100);
                block[0] = 1;
                free((void *)block);
            }
            uint64_t value = 1;
            for (long i = 0; i < STEPS; i++) value = value * 6364136223846793005u + 1442695040888963407u;
            volatile uint64_t kept = value;
            (void)kept;
            return 0;
        }

        """

    func write(_ name: String, _ text: String) throws {
        let path = "\(root)/\(name)"
        try FileManager.default.createDirectory(
            atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    func write(_ work: Work) throws {
        try write(
            "work.h",
            """
            #define STEPS \(work.steps)L
            #define BLOCKS \(work.blocks)
            #define CRASHES \(work.crashes ? 1 : 0)
            #define LABEL "\(work.label)"

            """)
    }

    func commit(_ work: Work) throws {
        try write(work)
        try git("add", "-A")
        try git("commit", "--quiet", "-m", work.label)
    }

    @discardableResult
    func git(_ arguments: String..., at path: String? = nil) throws -> String {
        let ending = try run(["git"] + arguments, at: path)
        try #require(ending.status == 0, "git \(arguments): \(ending.errors)")
        return ending.text
    }

    func start(_ command: [String], at path: String? = nil) throws -> LiveProcess {
        try LiveProcess(
            ["/usr/bin/env", "-C", path ?? root] + command, in: directory,
            environment: environment.map { "\($0.key)=\($0.value)" })
    }

    func run(_ command: [String], at path: String? = nil) throws -> LiveProcess.Ending {
        try start(command, at: path).wait()
    }

    /// Runs the shell gate, as a CI job does.
    func gate(_ arguments: String..., at path: String? = nil) throws -> LiveProcess.Ending {
        try run(["ci/perfdoctor-gate"] + arguments, at: path)
    }

    /// That nothing of a gate is left: neither a work tree that git knows of, nor a file.
    ///
    /// - Parameters:
    ///   - path: of the work tree; the scene's own unless given.
    ///   - others: beginnings of what other programs leave for temporary files.
    ///   - sourceLocation: of the test.
    /// - Throws: when git or the directory cannot be read.
    func expectNothingLeft(
        at path: String? = nil, besides others: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let trees = try git("worktree", "list", "--porcelain", at: path)
        let count = trees.split(separator: "\n").count { $0.hasPrefix("worktree ") }
        #expect(count == 1, "\(trees)", sourceLocation: sourceLocation)
        let names = try FileManager.default.contentsOfDirectory(atPath: temporary).filter { name in
            name.contains("perfdoctor-gate") || !others.contains { name.hasPrefix($0) }
        }
        #expect(names.isEmpty, "\(names)", sourceLocation: sourceLocation)
    }
}
