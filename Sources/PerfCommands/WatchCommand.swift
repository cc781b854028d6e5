import ArgumentParser
import Glibc
import PerfHost
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Watches a host or a service, with a verdict that goes on.
struct WatchCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watches a host or a service live: a running verdict, what is used, and by whom.",
        discussion: """
            On a terminal it fills the screen: the verdict over the last windows, CPU, memory, disk, network and \
            stalls over the last minute, findings, and the processes; ? explains the keys. Elsewhere it prints for \
            each window the verdict and the lines of vmstat, iostat -x and pidstat. Run it as root to see all \
            processes.

            EXAMPLES
              perfdoctor watch                  this host, every two seconds; q quits
              perfdoctor watch -p 812           one service and its cgroup
              perfdoctor watch 500ms            more often
              perfdoctor watch 5 12 | tee log   twelve windows of five seconds, as text
              perfdoctor watch --format json 10 | jq -r .verdict.summary
            """
    )

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Watch this process within its cgroup.", valueName: "pid"))
    var pid: Int32?

    @Option(
        help: ArgumentHelp(
            "text, or json: a line of kind diagnosis for each window. Without it, a terminal shows a screen.",
            valueName: "name"))
    var format: Format?

    @Argument(
        help: ArgumentHelp(
            "From one window to the next: seconds, or 500ms, 1m; at least 0.2 s.", valueName: "interval"))
    var interval: String?

    @Argument(help: ArgumentHelp("End after so many windows; never unless given.", valueName: "count"))
    var count: String?

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    private static let shortest: Duration = .milliseconds(200)
    private static let usual: Duration = .seconds(2)

    func validate() throws {
        if let pid, pid <= 0 { throw ValidationError("--pid must be greater than 0, not \(pid)") }
        _ = try chosenInterval()
        _ = try chosenCount()
    }

    private func chosenInterval() throws -> Duration {
        guard let interval else { return Self.usual }
        if interval.contains("://") { throw Self.urlError(interval) }
        guard let span = TimeSpan(argument: interval) else {
            throw ValidationError("the interval must be a time such as 2, 0.5 or 500ms, not '\(interval)'")
        }
        guard span.value >= Self.shortest else {
            throw ValidationError("the interval must be at least 0.2 seconds, not '\(interval)'")
        }
        guard span.value <= .seconds(86_400) else {
            throw ValidationError("the interval must be a day at most, not '\(interval)'")
        }
        return span.value
    }

    private func chosenCount() throws -> Int? {
        guard let count else { return nil }
        if count.contains("://") { throw Self.urlError(count) }
        guard let number = Int(count), number > 0 else {
            throw ValidationError("the count must be a whole number greater than 0, not '\(count)'")
        }
        return number
    }

    private static func urlError(_ url: String) -> ValidationError {
        ValidationError(
            "watch cannot ask a URL yet, so it does not take '\(url)'; give it the process that serves it: -p PID")
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        var options = WatchSession.Options()
        options.target = pid
        options.interval = try chosenInterval()
        let watcher = Watcher(
            session: try WatchSession(options: options), context: context, interval: options.interval,
            limit: try chosenCount())
        switch format {
        case .json: try watcher.writeDocuments()
        case .text: try watcher.writeText()
        case nil where hasScreen(context): try watcher.fillScreen()
        case nil: try watcher.writeText()
        }
        return .success
    }

    /// Whether there is somebody to look at a screen and to press keys.
    private func hasScreen(_ context: CommandContext) -> Bool {
        context.outputColumns != nil && context.environment["TERM"] != "dumb" && isatty(STDIN_FILENO) == 1
            && isatty(STDOUT_FILENO) == 1
    }
}
