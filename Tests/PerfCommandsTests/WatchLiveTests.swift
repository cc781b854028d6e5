import FoundationEssentials
import Glibc
import PerfModel
import Testing

@Suite(
    "watch, live", .serialized, .tags(.live), .timeLimit(.minutes(20)), .enabled(if: Live.isPossible, "see above"))
struct WatchLiveTests {
    private struct Document: Decodable {
        struct Verdict: Decodable {
            var bottleneck: String
            var confidence: String
        }
        var schema: String
        var windows: Int
        var verdict: Verdict
    }

    /// A program that burns one CPU until the test ends.
    private func spinner(in directory: LiveDirectory, milliseconds: Int = 300_000) throws -> LiveProcess {
        let process = try LiveProcess([Live.workload, "spin", "--ms", "\(milliseconds)"], in: directory)
        try #require(process.waitForOutput("ready"))
        return process
    }

    // MARK: without a terminal

    @Test("prints for each window the verdict and the tables, and ends after as many as were asked for")
    func text() throws {
        let directory = try LiveDirectory()
        let ending = try Live.run(["watch", "0.3", "4"], in: directory)
        #expect(ending.status == 0 && ending.errors.isEmpty, "\(ending.errors)")
        let lines = ending.text.split(separator: "\n").map(String.init)
        let verdicts = lines.filter { $0.dropFirst(8).hasPrefix(" UTC  ") }
        #expect(verdicts.count == 4)
        #expect(verdicts.prefix(2).allSatisfy { $0.contains("… window") })
        #expect(verdicts.dropFirst(2).allSatisfy { $0.contains(". Confidence ") })
        #expect(lines.count { $0.hasPrefix(" r  b ") } == 1)
        #expect(lines.contains { $0.contains("%wait") && $0.hasSuffix("Command") })
        #expect(!ending.text.contains("\u{1B}"))
    }

    @Test("writes a document of kind diagnosis for each window")
    func documents() throws {
        let directory = try LiveDirectory()
        let ending = try Live.run(["watch", "--format", "json", "200ms", "5"], in: directory)
        #expect(ending.status == 0, "\(ending.errors)")
        let documents = try ending.text.split(separator: "\n").map {
            try JSONDecoder().decode(Document.self, from: Data($0.utf8))
        }
        #expect(documents.map(\.windows) == [1, 2, 3, 4, 5])
        #expect(documents.allSatisfy { $0.schema == "perfdoctor.diagnosis/1" })
        #expect(documents.prefix(2).allSatisfy { $0.verdict.confidence == "low" })
    }

    @Test("shows key metrics of a Redis with queues of RQ, and says which target would tell the others")
    func keyMetrics() throws {
        let program = "/usr/bin/redis-server"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            print("watch, live: skipped: there is no Redis here; run: apt-get install redis-server")
            return
        }
        let directory = try LiveDirectory()
        let socket = directory.path + "/redis.sock"
        let server = try LiveProcess(
            [program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory.path], in: directory)
        defer { kill(server.pid, SIGTERM) }
        try #require(server.waitForOutput("ready to accept connections at"))
        let queue =
            "redis-cli -s '\(socket)' sadd rq:queues rq:queue:mail; "
            + "redis-cli -s '\(socket)' rpush rq:queue:mail $(seq 700)"
        #expect(try LiveProcess(["/bin/sh", "-c", queue], in: directory).wait().status == 0)
        let url = "redis+unix://\(socket)"
        let ending = try Live.run(["watch", url, "1", "5"], in: directory)
        #expect(ending.status == 0 && ending.errors.isEmpty, "\(ending.errors)")
        let lines = ending.text.split(separator: "\n").map(String.init)
        #expect(lines.contains { $0.hasPrefix("Redis avg") && $0.contains("fine (< 10.0 ms, high ≥ 100 ms)") })
        #expect(lines.contains { $0.hasPrefix("Queue") && $0.contains(" 700 ") && $0.contains("warning (fine < 500") })
        #expect(lines.contains { $0.hasPrefix("API") && $0.contains("unmeasured: no target tells it; next: give ") })
        #expect(lines.contains { $0.hasPrefix("Jobs") && $0.contains("no worker of RQ is registered") })
        let json = try Live.run(["watch", url, "1", "4", "--format", "json"], in: directory)
        let last = try #require(json.text.split(separator: "\n").last)
        #expect(last.contains(#""name":"queue_depth""#) && last.contains(#""state":"unmeasured""#))
        #expect(last.contains(#""key_metrics":["#) && last.contains(#""value":700"#))
    }

    @Test("ends well when its reader leaves, and when it is interrupted")
    func endings() throws {
        let directory = try LiveDirectory()
        let line = "'\(Live.perfdoctor)' watch 0.2 | head -n 1; echo \"${PIPESTATUS[0]}\""
        let piped = try LiveProcess(["/bin/bash", "-c", line], in: directory).wait()
        #expect(piped.text.hasSuffix("\n0\n") && piped.errors.isEmpty, "\(piped.text) \(piped.errors)")

        let process = try LiveProcess([Live.perfdoctor, "watch", "0.2"], in: directory)
        #expect(process.waitForOutput("window 2"))
        kill(process.pid, SIGINT)
        let ending = process.wait()
        #expect(ending.status == 0 && ending.errors.isEmpty && ending.text.hasSuffix("\n"))
    }

    @Test("ends with its target, and says so")
    func target() throws {
        let directory = try LiveDirectory()
        let process = try spinner(in: directory, milliseconds: 4000)
        let watcher = try LiveProcess([Live.perfdoctor, "watch", "-p", "\(process.pid)", "0.3"], in: directory)
        #expect(watcher.waitForOutput("perfdoctor-work"))
        _ = process.wait()
        let ending = watcher.wait()
        #expect(ending.status == 0 && ending.errors == "the process has ended\n", "\(ending.errors)")
    }

    // MARK: on a terminal

    private func isVerdict(_ lines: [String]) -> Bool {
        lines.count > 3 && !lines[0].hasPrefix("…") && lines[2].contains(" confidence, ")
    }

    @Test(
        "fills a terminal: verdict, processes, sorting, pause, a process, its profile; and gives it back",
        .enabled(if: LiveTerminal.isPossible, "see above"), arguments: [(80, 24), (120, 40)])
    func screen(columns: Int, rows: Int) throws {
        let directory = try LiveDirectory()
        let process = try spinner(in: directory)
        let terminal = try LiveTerminal(columns: columns, rows: rows, in: directory)
        try terminal.enter("stty -g >before")
        try terminal.enter("'\(Live.perfdoctor)' watch -p \(process.pid) 0.5; echo \"code $?\"")
        let lines = try terminal.waitFor {
            isVerdict($0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
        #expect(lines.count == rows)
        let row = try #require(lines.first { $0.hasPrefix(">") })
        #expect(row.contains(" \(process.pid) ") && row.contains("perfdoctor-work"))
        #expect(lines.contains { $0.contains("↓%CPU") } && lines.contains { $0.contains("minf") } == (columns >= 100))
        #expect(try terminal.value("alternate_on") == "1")

        try terminal.press("m")
        try terminal.waitFor { $0.contains("↓RSS") && !$0.contains("↓%CPU") }
        try terminal.press("p")
        try terminal.waitFor { $0.contains("PAUSED") }
        try terminal.press("p")
        try terminal.waitFor { !$0.contains("PAUSED") }

        try terminal.press("Enter")
        try terminal.waitFor { $0.contains("TID") && $0.contains("spin-0") && $0.contains("on a CPU") }
        try terminal.press("d")
        try terminal.waitFor { $0.contains("of CPU time in 2 s") && $0.contains("spinSeventy") }
        try terminal.press("Escape")
        try terminal.waitFor { $0.contains("TID") }
        try terminal.press("Escape")
        try terminal.waitFor { $0.contains("↓RSS") }

        try terminal.press("S")
        try terminal.waitFor { $0.contains("saved perfdoctor-watch-") }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let saved = try #require(names.first { $0.hasPrefix("perfdoctor-watch-") })
        let bytes = try #require(FileManager.default.contents(atPath: directory.path + "/" + saved))
        #expect(try JSONDecoder().decode(Document.self, from: bytes).schema == "perfdoctor.diagnosis/1")

        try terminal.resize(columns: columns + 10, rows: rows + 5)
        try terminal.waitFor { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.count == rows + 5 && lines.last?.hasPrefix("saved ") == true
        }

        try terminal.press("q")
        try terminal.waitFor { $0.contains("code 0") }
        try expectRestored(terminal, directory)
    }

    /// The shell has its terminal as it was.
    private func expectRestored(_ terminal: LiveTerminal, _ directory: LiveDirectory) throws {
        #expect(try terminal.value("alternate_on") == "0")
        #expect(try terminal.value("cursor_flag") == "1")
        #expect(try terminal.value("wrap_flag") == "1")
        try terminal.enter("stty -g >after; echo compared")
        try terminal.waitFor { $0.contains("\ncompared") }
        let modes = ["before", "after"].map { FileManager.default.contents(atPath: "\(directory.path)/\($0)") }
        #expect(modes[0] == modes[1] && modes[0]?.isEmpty == false)
    }

    @Test(
        "gives the terminal back when it is stopped, goes on with fg, and gives it back when it is killed or crashes",
        .enabled(if: LiveTerminal.isPossible, "see above"), arguments: ["TERM", "SEGV", "ABRT"])
    func signals(name: String) throws {
        let directory = try LiveDirectory()
        let terminal = try LiveTerminal(columns: 80, rows: 24, in: directory)
        try terminal.enter("stty -g >before; ulimit -c 0")
        try terminal.enter("'\(Live.perfdoctor)' watch 0.5")
        try terminal.waitFor { $0.contains("↓%CPU") }
        let pid = try terminal.value("pane_pid")
        let children = "/proc/\(pid)/task/\(pid)/children"
        let child = try String(contentsOfFile: children, encoding: .utf8).split(separator: " ").first.flatMap {
            Int32($0)
        }
        let watcher = try #require(child)

        try terminal.press("C-z")
        try terminal.waitFor { $0.contains("Stopped") }
        #expect(try terminal.value("alternate_on") == "0")
        try terminal.enter("fg")
        try terminal.waitFor { $0.contains("↓%CPU") }
        // Somebody else stops it.
        kill(watcher, SIGTSTP)
        try terminal.waitFor { $0.contains("Stopped") }
        #expect(try terminal.value("alternate_on") == "0")
        try terminal.enter("fg")
        try terminal.waitFor { $0.contains("↓%CPU") }
        #expect(try terminal.value("alternate_on") == "1")

        let number = try #require(["TERM": SIGTERM, "SEGV": SIGSEGV, "ABRT": SIGABRT][name])
        kill(watcher, number)
        try terminal.waitFor { !$0.contains("↓%CPU") && $0.contains("ready>") }
        try terminal.enter("echo \"code $?\"")
        let code = number == SIGTERM ? 0 : 128 + number
        try terminal.waitFor { $0.contains("code \(code)") }
        try expectRestored(terminal, directory)
    }
}
