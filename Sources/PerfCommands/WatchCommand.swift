import ArgumentParser
import Glibc
import PerfClients
import PerfHost
import PerfLinux
import PerfModel
import PerfProbes
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

            With URLs it shows the guides' eight key metrics beside it, each with its limits and a line over the last \
            minute: API latency and error rate (http://… asked from here, or metrics+http://… by the service's own \
            histograms), query time (metrics+http://…, or postgres://… with pg_stat_statements), Redis latency, depth of \
            RQ's queues and jobs a second (redis://…), CPU and memory. What no target tells is unmeasured, and says \
            which one would. Servers are only read: a service is scraped every two seconds, others are asked five \
            times a second.

            EXAMPLES
              perfdoctor watch                  this host, every two seconds; q quits
              perfdoctor watch -p 812           one service and its cgroup
              perfdoctor watch 500ms            more often
              perfdoctor watch 5 12 | tee log   twelve windows of five seconds, as text
              perfdoctor watch metrics+http://localhost:8000/metrics redis://localhost postgres://app@db/app
              perfdoctor watch redis://localhost/1 5 12
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

    @Option(help: ArgumentHelp("Settings: targets, thresholds. perfdoctor.json here unless given.", valueName: "file"))
    var config: String?

    @Argument(
        help: ArgumentHelp(
            "Servers to ask for the key metrics, the targets of perfdoctor.json unless given; then from one window to "
                + "the next: seconds, or 500ms, 1m, at least 0.2 s; then after how many windows to end.",
            valueName: "url|interval|count"))
    var words: [String] = []

    /// Those of the words that are no URLs, in their order.
    private var numbers: [String] { words.filter { !$0.contains("://") } }
    private var urls: [String] { words.filter { $0.contains("://") } }

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    private static let shortest: Duration = .milliseconds(200)
    private static let usual: Duration = .seconds(2)

    func validate() throws {
        if let pid, pid <= 0 { throw ValidationError("--pid must be greater than 0, not \(pid)") }
        _ = try chosenInterval()
        _ = try chosenCount()
    }

    private func chosenInterval() throws -> Duration {
        guard let interval = numbers.first else { return Self.usual }
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
        guard numbers.count <= 2 else {
            throw ValidationError("'\(numbers[2])' is too much: watch takes URLs, an interval and a count")
        }
        guard let count = numbers.dropFirst().first else { return nil }
        guard let number = Int(count), number > 0 else {
            throw ValidationError("the count must be a whole number greater than 0, not '\(count)'")
        }
        return number
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        var options = WatchSession.Options()
        let configuration = try Configuration.load(config)
        options.target = pid
        options.interval = try chosenInterval()
        options.thresholds = configuration.thresholds
        options.servers = try servers(configuration, context)
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

    /// What is asked; targets of another kind are named, and left out.
    private func servers(_ configuration: Configuration, _ context: CommandContext) throws -> [ServerURL] {
        let known = try ProbeSession.urls(urls.isEmpty ? configuration.targets : urls)
        for url in known where !KeyMetricWatch.tells(url) {
            context.note("\(url) tells none of the key metrics, and is not asked; perfdoctor probe \(url) does")
        }
        return known.filter(KeyMetricWatch.tells)
    }

    /// Whether there is somebody to look at a screen and to press keys.
    private func hasScreen(_ context: CommandContext) -> Bool {
        context.outputColumns != nil && context.environment["TERM"] != "dumb" && isatty(STDIN_FILENO) == 1
            && isatty(STDOUT_FILENO) == 1
    }
}
