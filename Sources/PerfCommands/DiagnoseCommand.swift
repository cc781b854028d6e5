import ArgumentParser
import Glibc
import PerfClients
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Finds the bottleneck of a host or a service.
struct DiagnoseCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Says what a host or a service is short of, who is responsible, and what to do.",
        discussion: """
            Watches /proc, /sys and the stalls that the kernel counts (PSI) for some seconds, profiles the culprit for \
            two more, and says in one sentence what is short: CPU, memory, disk, network, or a lock; with the \
            evidence, the function, what to do, what is ruled out and what could not be seen. Run it as root to see \
            all processes.

            EXAMPLES
              perfdoctor diagnose                        this host, in about eight seconds
              perfdoctor diagnose -p 812                 one service, within its cgroup
              perfdoctor diagnose -p 812 redis://cache ping://db
                                                         the same, joined with what its servers answer
              perfdoctor diagnose -d 30                  for longer: rare moments count less
              perfdoctor diagnose -v                     with the numbers that vmstat and iostat print
              perfdoctor diagnose --format html -o a.html
              perfdoctor diagnose --record slow/         keep what was read, to look at it elsewhere:
              perfdoctor diagnose --replay slow/
              perfdoctor diagnose --fail-on critical     exit 1 for a job that watches
              perfdoctor diagnose --list                 every check, its source, threshold and trap
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Servers to ask meanwhile, as perfdoctor probe takes them; the targets of perfdoctor.json unless given.",
            valueName: "url"))
    var urls: [String] = []

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Diagnose this process within its cgroup.", valueName: "pid"))
    var pid: Int32?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How long to watch: seconds, or 10s, 5m; 6 s unless given.", valueName: "time"))
    var duration: TimeSpan?

    @Option(help: ArgumentHelp("Keep what was read in this new directory.", valueName: "directory"))
    var record: String?

    @Option(help: ArgumentHelp("Diagnose what --record kept, here or elsewhere.", valueName: "directory"))
    var replay: String?

    @Option(
        name: .customLong("fail-on"),
        help: ArgumentHelp("Exit 1 for a finding this bad: warning or critical.", valueName: "severity"))
    var failOn: FailOn?

    @Flag(help: "Explain every check: what it asks, its source, threshold and trap.")
    var list = false

    @Option(help: ArgumentHelp("Settings: thresholds. perfdoctor.json here unless given.", valueName: "file"))
    var config: String?

    @Flag(name: .customLong("no-profile"), help: "Do not profile the culprit.")
    var noProfile = false

    @Option(
        help: ArgumentHelp(
            "Form of the diagnosis: \(DiagnosisFormats.all.map { $0.id }.joined(separator: ", ")).", valueName: "name"))
    var format = "text"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the diagnosis; standard output unless given.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Flag(name: .shortAndLong, help: "Say nothing but the diagnosis.")
    var quiet = false

    @Flag(
        name: .shortAndLong,
        help: "More: all remedies, full names, and the numbers of vmstat, mpstat, iostat and pidstat.")
    var verbose = false

    enum FailOn: String, ExpressibleByArgument, CaseIterable {
        case warning, critical

        var severity: Severity { self == .warning ? .warning : .critical }
    }

    func validate() throws {
        if let pid, pid <= 0 { throw ValidationError("--pid must be greater than 0, not \(pid)") }
        if let duration, duration.value < .seconds(1) {
            throw ValidationError("--duration must be at least 1 second: less is a moment, not a state")
        }
        guard replay == nil || (record == nil && pid == nil && duration == nil && urls.isEmpty) else {
            throw ValidationError(
                "--replay diagnoses what was kept: --record, --pid, --duration and URLs do not go with it")
        }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        if list {
            try context.print(CheckListText(width: width ?? context.outputColumns).text)
            return .success
        }
        let chosen = try DiagnosisFormats.format(named: format)
        if let output, output != "-" { try OutputFile.checkWritable(output) }
        let configuration = try Configuration.load(config)
        let thresholds = configuration.thresholds
        let servers = replay == nil ? try ProbeSession.urls(urls.isEmpty ? configuration.targets : urls) : []
        let result = try result(in: context, thresholds: thresholds, servers: servers)
        let isFile = output.map { $0 != "-" } ?? false
        let layout = Report.Layout(
            width: width ?? (isFile ? nil : context.outputColumns), usesColor: !isFile && context.usesColor,
            isVerbose: verbose)
        let report = DiagnosisReport(
            diagnosis: result.diagnosis, observation: result.observation, snapshots: result.snapshots,
            profile: result.profile, host: result.host, startedAt: result.startedAt, duration: result.duration,
            warnings: result.warnings, thresholds: thresholds, layout: layout,
            servers: result.servers)
        let bytes = try chosen.bytes(of: report)
        if isFile, let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        guard let failOn else { return .success }
        return report.diagnosis.findings.contains { $0.severity >= failOn.severity } ? .finding : .success
    }

    private func result(
        in context: CommandContext, thresholds: [String: CheckThreshold], servers: [ServerURL]
    ) throws -> DiagnoseSession.Result {
        if let replay { return try DiagnoseSession.replay(replay, thresholds: thresholds) }
        var options = DiagnoseSession.Options()
        options.target = pid
        if let duration { options.duration = duration.value }
        options.thresholds = thresholds
        options.servers = servers
        options.recordDirectory = record
        options.drillsDown = !noProfile
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        defer { line.clear() }
        return try DiagnoseSession(options: options).observe { what, elapsed in line.show(what, elapsed: elapsed) }
    }
}
