import FoundationEssentials
import Glibc
import Testing

/// A real terminal with a shell in it: tmux on a socket of its own.
final class LiveTerminal {
    private static let tmux = "/usr/bin/tmux"

    /// Whether there are terminals; the reason is printed when not.
    static let isPossible: Bool = {
        if FileManager.default.isExecutableFile(atPath: tmux) { return true }
        print("watch, live: no terminal: tmux is not installed; run: ci/bootstrap --tests")
        return false
    }()

    private let directory: LiveDirectory
    private let environment: [String]

    /// Opens one, with the shell's prompt in it.
    init(columns: Int, rows: Int, in directory: LiveDirectory) throws {
        self.directory = directory
        environment = ["PATH=/usr/bin:/bin", "TMUX_TMPDIR=\(directory.path)", "LANG=C.UTF-8", "TERM=xterm-256color"]
        _ = try tmux([
            "-f", "/dev/null", "new-session", "-d", "-s", "watch", "-x", "\(columns)", "-y", "\(rows)",
            // Word by word: then it is the shell itself that tmux starts.
            "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TERM=screen", "PS1=ready> ",
            // Of a debug build the runtime would ask what to do after a crash.
            "SWIFT_BACKTRACE=enable=no", "sh", "-i",
        ])
        try waitFor { $0.contains("ready>") }
    }

    deinit {
        do {
            // Its only session: the server ends with it.
            _ = try tmux(["kill-session", "-t", "watch"])
        } catch {
            print("tmux goes on: \(error)")
        }
    }

    private func tmux(_ arguments: [String]) throws -> String {
        let ending = try LiveProcess(
            [Self.tmux, "-L", "perfdoctor"] + arguments, in: directory, environment: environment
        ).wait()
        try #require(ending.status == 0, "tmux \(arguments.joined(separator: " ")): \(ending.errors)")
        return ending.text
    }

    /// Presses keys, by the names that tmux has for them.
    func press(_ keys: String...) throws {
        _ = try tmux(["send-keys", "-t", "watch"] + keys)
    }

    /// Types a line.
    func enter(_ line: String) throws {
        _ = try tmux(["send-keys", "-t", "watch", "-l", line])
        try press("Enter")
    }

    func resize(columns: Int, rows: Int) throws {
        _ = try tmux(["resize-window", "-t", "watch", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// The lines that it shows.
    var screen: [String] {
        get throws {
            try tmux(["capture-pane", "-p", "-t", "watch"]).split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast().map(String.init)
        }
    }

    /// What tmux knows of it: `alternate_on`, `cursor_flag`.
    func value(_ name: String) throws -> String {
        try tmux(["display-message", "-p", "-t", "watch", "#{\(name)}"]).filter { $0 != "\n" }
    }

    /// Waits until it shows something, for a minute at most.
    @discardableResult
    func waitFor(
        sourceLocation: SourceLocation = #_sourceLocation, _ isThere: (String) -> Bool
    ) throws -> [String] {
        var lines: [String] = []
        for _ in 0..<600 {
            lines = try screen
            if isThere(lines.joined(separator: "\n")) { return lines }
            usleep(100_000)
        }
        Issue.record("not seen within a minute:\n\(lines.joined(separator: "\n"))", sourceLocation: sourceLocation)
        throw Missing()
    }

    struct Missing: Error {}
}
