import FoundationEssentials
import PerfLinux
import PerfModel

/// Runs a tool of the host, such as git or swift, and tells what it printed.
struct ToolRun {
    var arguments: [String]
    var directory: String?
    var environment: [String] = []
    var interruption: (any RunInterruption)?

    struct Result {
        var isSuccess: Bool
        /// Standard output.
        var text: String
        /// Standard output and errors as they came, cut to the last that fits.
        var log: String
        var isCancelled: Bool
        /// How it ended, for people.
        var ending: String
    }

    private static let limit = 16 << 20

    func run() throws(SystemCallError) -> Result {
        let output = try MemoryFile(name: "perfdoctor-tool")
        let errors = try MemoryFile(name: "perfdoctor-tool-errors")
        // Variables of another repository, as in a hook, would lead git and what it runs astray.
        let own = ProcessInfo.processInfo.environment
        let misleading = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"].filter { own[$0] != nil }
        let unsetting = misleading.isEmpty ? [] : ["/usr/bin/env"] + misleading.flatMap { ["-u", $0] }
        var options = ProcessTreeRun.Options(arguments: unsetting + arguments)
        options.directory = directory
        options.environment = environment
        options.output = .descriptor(output.descriptor)
        options.error = .descriptor(errors.descriptor)
        let usage = try ProcessTreeRun(options).finish(interruption: interruption)
        func text(_ file: MemoryFile) -> String { String(decoding: file.contents(atMost: Self.limit), as: UTF8.self) }
        let ending =
            switch usage.ending {
            case .exit(let status): "exited with status \(status)"
            case .signal(let number, _): "was killed by \(SignalReceiver.name(of: number))"
            case .timeout: "took too long"
            case .notStarted(let error): error.summary
            case .cancelled: "was stopped"
            }
        return Result(
            isSuccess: usage.ending == .exit(0), text: text(output), log: text(output) + text(errors),
            isCancelled: usage.ending == .cancelled, ending: ending)
    }
}
