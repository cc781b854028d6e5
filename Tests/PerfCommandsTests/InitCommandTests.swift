import ArgumentParser
import FoundationEssentials
import PerfBaselines
import PerfModel
import PerfSessions
import Testing

@testable import PerfCommands

@Suite("init")
struct InitCommandTests {
    @Test(
        "templates are the files of ci/jobs (mend: ci/generate)",
        arguments: [
            (JobTemplates.shell, "perfdoctor-gate"), (JobTemplates.gitHub, "github.yml"),
            (JobTemplates.gitLab, "gitlab.yml"),
        ])
    func templates(text: String, file: String) throws {
        let expected = try Repository.text(of: "ci/jobs/" + file)
        #expect(text == expected, "JobTemplates+Generated.swift is out of date; run: ci/generate")
    }

    @Test("no template names a host")
    func hosts() {
        for file in ContinuousIntegration.allCases.flatMap(\.files) {
            #expect(!file.text.contains("://"), "\(file.path)")
            #expect(!file.text.lowercased().contains(".com"), "\(file.path)")
        }
    }

    @Test(
        "the host of a remote is found in any form of address",
        arguments: [
            ("https://git.example.org/a/b.git", "git.example.org"), ("git@Git.Example.org:a/b", "git.example.org"),
            ("ssh://user@host:22/a", "host:22"), ("/srv/git/a.git", ""), ("../a:b", ""), ("", ""),
        ])
    func addresses(address: String, host: String) {
        #expect(ContinuousIntegration.host(of: address) == host)
    }

    @Test("programs of a package are its executable products, and targets that are in none")
    func programs() throws {
        let package = """
            {"products":[{"name":"tool","targets":["Main"],"type":{"executable":null}},
                         {"name":"Library","targets":["L"],"type":{"library":["automatic"]}}],
             "targets":[{"name":"Main","type":"executable","dependencies":[{"byName":["L",null]}]},
                        {"name":"Parse","type":"executable","dependencies":[{"product":["PerfBenchmark","perfdoctor",null,null]}]},
                        {"name":"OldBenchmarks","type":"executable","dependencies":[]},
                        {"name":"T","type":"test","dependencies":[]}, {"name":"L","type":"regular","dependencies":[]}]}
            """
        let programs = try ProjectSurvey.programs(of: try JSONValue.parsed(Array(package.utf8)))
        #expect(programs.map(\.name) == ["OldBenchmarks", "Parse", "tool"])
        #expect(programs.map(\.isBenchmark) == [true, true, false])
        #expect(programs[2].path == ".build/release/tool")
        #expect(throws: ReadingProblem.self) {
            try ProjectSurvey.programs(of: try JSONValue.parsed(Array(#"{"targets":[{"name":3}]}"#.utf8)))
        }
    }
}

/// `init` as users run it, and what it writes.
@Suite("init, live", .tags(.live), .timeLimit(.minutes(15)), .enabled(if: Live.isPossible, "see above"))
struct InitLiveTests {
    private func initialize(_ scene: GateScene, _ arguments: String...) throws -> LiveProcess.Ending {
        try scene.run([Live.perfdoctor, "init"] + arguments)
    }

    private func mode(_ file: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    }

    @Test("a package gets a suite for each of its programs, and settings that the gate understands")
    func package() throws {
        let scene = try GateScene()
        try scene.write("Sources/fast tool/main.swift", "")
        try scene.write(
            "Package.swift",
            """
            // swift-tools-version: 6.0
            import PackageDescription
            let package = Package(
                name: "p",
                targets: [.executableTarget(name: "fast tool"), .executableTarget(name: "Benchmarks", path: "B")])
            """)
        try scene.write("B/main.swift", "")
        let ending = try initialize(scene)
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.text.hasPrefix("wrote perfdoctor.json\nwrote ci/perfdoctor-gate\nnext:\n"))
        let settings = try Configuration.load(scene.root + "/perfdoctor.json")
        #expect(settings.build == "swift build -c release")
        #expect(settings.suites.map(\.name) == ["Benchmarks", "fast tool"])
        #expect(settings.suites[1].metrics == ["cpu_time", "allocations"])
        #expect(
            try settings.suites.map { try $0.instances()[0].command.arguments }
                == [[".build/release/Benchmarks"], [".build/release/fast tool", "--help"]])
        #expect(try mode(scene.root + "/ci/perfdoctor-gate") == 0o755)
        #expect(try mode(scene.root + "/perfdoctor.json") == 0o644)
    }

    @Test("nothing is overwritten unless asked for, and nothing written beside it")
    func overwriting() throws {
        let scene = try GateScene()
        try scene.write("perfdoctor.json", "{ build: 'mine' }")
        let refused = try initialize(scene, "--ci", "github")
        #expect(refused.status == 64)
        #expect(refused.errors.contains("perfdoctor.json is there already; nothing was written"), "\(refused.errors)")
        #expect(refused.errors.contains("--no-settings"))
        let names = try FileManager.default.contentsOfDirectory(atPath: scene.root)
        #expect(names.sorted() == [".git", "perfdoctor.json"])
        #expect(try initialize(scene, "--ci", "github", "--no-settings").status == 0)
        #expect(try Configuration.load(scene.root + "/perfdoctor.json").build == "mine")
        let again = try initialize(scene, "--ci", "github")
        #expect(
            again.errors.contains("perfdoctor.json, ci/perfdoctor-gate, .github/workflows/perfdoctor.yml are there"))
        #expect(try initialize(scene, "--ci", "github", "--force").status == 0)
        #expect(try Configuration.load(scene.root + "/perfdoctor.json").build == nil)
    }

    @Test(
        "the service is the one whose files are there, else the one that the remote is called after",
        arguments: [
            (".github/workflows/test.yml", "", ".github/workflows/perfdoctor.yml"),
            (".gitlab-ci.yml", "git@github.example.org:a/b", ".gitlab/perfdoctor.yml"),
            ("", "git@gitlab.example.org:a/b", ".gitlab/perfdoctor.yml"),
            ("", "https://github.example.org/a/b", ".github/workflows/perfdoctor.yml"),
            ("", "https://git.example.org/a/b", nil), ("", "", nil),
        ])
    func service(file: String, remote: String, expected: String?) throws {
        let scene = try GateScene()
        if !file.isEmpty { try scene.write(file, "") }
        if !remote.isEmpty { try scene.git("remote", "add", "origin", remote) }
        let ending = try initialize(scene)
        #expect(ending.status == 0, "\(ending.errors)")
        let written = ending.text.split(separator: "\n").filter { $0.hasPrefix("wrote ") }.map { $0.dropFirst(6) }
        let always: [Substring] = ["perfdoctor.json", "ci/perfdoctor-gate"]
        #expect(written == always + (expected.map { [Substring($0)] } ?? []))
        for path in written { #expect(FileManager.default.fileExists(atPath: "\(scene.root)/\(path)")) }
        // Nothing is known of the project: what there is says so, and is no error to read.
        #expect(try Configuration.load(scene.root + "/perfdoctor.json").suites.isEmpty)
    }

    @Test("outside of a repository there is nothing to write into")
    func noRepository() throws {
        let ending = try Live.run(["init"], in: try LiveDirectory())
        #expect(ending.status == 64)
        #expect(ending.errors.contains("no work tree of git"), "\(ending.errors)")
    }

    /// A job as a YAML reader has it.
    private func job(_ file: String) throws -> JSONNode {
        let script = """
            import json, sys, yaml
            print(json.dumps(yaml.load(open(sys.argv[1]), yaml.BaseLoader)))
            """
        let directory = try LiveDirectory()
        let ending = try withExtendedLifetime(directory) {
            try LiveProcess(["/usr/bin/python3", "-c", script, Repository.root + "ci/jobs/" + file], in: $0).wait()
        }
        try #require(ending.status == 0, "\(ending.errors)")
        return JSONNode(try JSONValue.parsed(ending.output))
    }

    /// The words that a job gives to the gate, and perfdoctor takes.
    private func expectOptions(in script: String) throws {
        let start = try #require(script.firstRange(of: "ci/perfdoctor-gate "))
        let line = script[start.upperBound...].replacing("\\\n", with: " ").prefix { $0 != "\n" }
        let words: [String] = line.split(separator: " ").map { String($0.replacing("\"", with: "")) }
        let arguments: [String] = ["--head", "HEAD", "--base"] + words
        #expect(throws: Never.self) {
            try GateCommand.parse(arguments)
        }
    }

    @Test("the job of GitHub reads only, has the history, and shows results even when the gate fails")
    func gitHubJob() throws {
        let workflow = try job("github.yml")
        #expect(try workflow["on"].members().map(\.key) == ["pull_request"])
        #expect(try workflow["permissions"].members().map { "\($0.key): \($0.node.word ?? "")" } == ["contents: read"])
        let gate = workflow["jobs"]["gate"]
        #expect(Double(try gate["timeout-minutes"].string()) ?? 0 > 0)
        let steps = try gate["steps"].elements()
        let checkout = try #require(steps.first)
        #expect(checkout["uses"].word?.hasPrefix("actions/checkout@") == true)
        #expect(checkout["with"]["fetch-depth"].word == "0")
        #expect(checkout["with"]["persist-credentials"].word == "false")
        let scripts = steps.compactMap { $0["run"].word }
        try expectOptions(in: try #require(scripts.first))
        #expect(scripts[0].contains("--format github"))
        #expect(scripts.contains { $0.contains(#">> "$GITHUB_STEP_SUMMARY""#) })
        // What a pull request is called must not become a command.
        for script in scripts { #expect(!script.contains("${{"), "\(script)") }
        for step in steps where step["name"].word == "Summary" || step["uses"].word?.contains("artifact") == true {
            #expect(step["if"].word == "${{ !cancelled() }}")
        }
    }

    @Test("the job of GitLab has the history, and hands over code quality and test results")
    func gitLabJob() throws {
        let gate = try job("gitlab.yml")["perfdoctor"]
        #expect(gate["variables"]["GIT_DEPTH"].word == "0")
        #expect(try gate["rules"].first["if"].string().contains("merge_request_event"))
        let script = try gate["script"].elements().compactMap(\.word).joined(separator: "\n")
        try expectOptions(in: script)
        #expect(gate["artifacts"]["when"].word == "always")
        for (report, format) in [("codequality", "gitlab"), ("junit", "junit")] {
            let path = try gate["artifacts"]["reports"][report].string()
            #expect(script.contains("--also \(format)=\(path)"))
        }
    }
}
