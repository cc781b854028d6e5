import ArgumentParser
import Glibc
import PerfLinux
import PerfModel
import PerfProbes
import PerfReports
import PerfSessions

/// Asks servers and hosts, and says how long they take.
struct ProbeCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Measures how long servers take to answer, and looks into those that tell more.",
        discussion: """
            Asks all targets at once, at a fixed rate whatever the answers take: a server that stands still for half a \
            second is seen to, which tools that wait for one answer before the next question hardly notice. Says for \
            each target whether it is fine, with percentiles, phases, losses and their reasons, and finds what servers \
            suffer from: locks, full pools, evictions, slow commands. It only ever reads.

            Targets: ping://host, tcp://host:port, http://…, https://…, postgres://…, pgbouncer://…, redis://…, \
            rediss://…, redis+unix://…. Passwords belong into ${VARIABLES}, PGPASSWORD, ~/.pgpass or REDISCLI_AUTH.

            HTTP is asked with GET on a connection that is kept, and should answer within the guides' 500 ms at p95 and \
            1 s at p99. Proxies of the environment are not used, redirects are told and not followed, cookies are not \
            kept; CURL_CA_BUNDLE names authorities of certificates. A stream of events is asked for its first event.

            EXAMPLES
              perfdoctor probe redis://cache tcp://api:443 ping://db
              perfdoctor probe -d 60 --rate 100 redis://cache       p99.9 takes 1,000 answers
              perfdoctor probe -c 100 tcp://api:443                 as many questions
              perfdoctor probe --format openmetrics redis://cache   for Prometheus
              perfdoctor probe postgres://app@db/app ping://db      whether SELECT 1 waits in the server
              perfdoctor probe https://api/health ping://api        DNS, TCP, TLS, first byte, transfer
              perfdoctor probe 'redis://app:${REDIS_PASSWORD}@cache:6379/0'
              perfdoctor probe                                      the targets of perfdoctor.json
            """
    )

    @Argument(help: ArgumentHelp("What to ask; the targets of perfdoctor.json unless given.", valueName: "url"))
    var urls: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("Questions to each target.", valueName: "n"))
    var count: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("How long to ask: seconds, or 10s, 5m; 10 s unless given.", valueName: "time"))
    var duration: TimeSpan?

    @Option(help: ArgumentHelp("Questions a second to each target.", valueName: "hz"))
    var rate = 20.0

    @Option(help: ArgumentHelp("How long one answer may take.", valueName: "time"))
    var timeout: TimeSpan?

    @Flag(name: .customLong("no-checks"), help: "Only ask, and do not look into servers.")
    var noChecks = false

    @Option(
        name: .customLong("fail-on"),
        help: ArgumentHelp(
            "Exit 1 for a finding this bad, or a slow target: warning or critical.", valueName: "severity"))
    var failOn: DiagnoseCommand.FailOn?

    @Option(help: ArgumentHelp("Settings: targets, thresholds. perfdoctor.json here unless given.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Form of the report: \(ProbeFormats.all.map { $0.id }.joined(separator: ", ")).", valueName: "name"))
    var format = "text"

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the report; standard output unless given.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Flag(name: .shortAndLong, help: "Say nothing but the report.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "More: all remedies.")
    var verbose = false

    func validate() throws {
        if let count, !(1...100_000_000).contains(count) {
            throw ValidationError("--count must be from 1 to 100000000, not \(count)")
        }
        if count != nil, duration != nil { throw ValidationError("--count and --duration exclude one another") }
        if let duration, duration.value <= .zero { throw ValidationError("--duration must be longer than 0") }
        if let timeout, timeout.value <= .zero { throw ValidationError("--timeout must be longer than 0") }
        guard rate.isFinite, (0.001...100_000).contains(rate) else {
            throw ValidationError("--rate must be from 0.001 to 100000 questions a second, not \(rate)")
        }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let chosen = try ProbeFormats.format(named: format)
        if let output, output != "-" { try OutputFile.checkWritable(output) }
        let configuration = try Configuration.load(config)
        let texts = urls.isEmpty ? configuration.targets : urls
        guard !texts.isEmpty else { throw NothingToAskError() }
        let targets = try ProbeSession.urls(texts)
        var options = ProbeSession.Options()
        options.rate = rate
        options.count = count
        if let duration { options.duration = duration.value }
        if let timeout { options.timeout = timeout.value }
        options.checks = !noChecks
        options.thresholds = configuration.thresholds
        let signals = StopSignals(try SignalReceiver())
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        let start = MonotonicClock.nanoseconds
        func show(_ progress: ProbeRun.Progress) {
            let elapsed = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds - start))
            let last = progress.latency.map { ", last answer \(Quantity.text(Int64(clamping: $0), unit: "ns"))" } ?? ""
            line.show("asking, \(progress.asked) of \(progress.planned)\(last)", elapsed: elapsed)
        }
        let result = try ProbeSession(options: options).run(
            targets, isStopped: { signals.isRequested() }, progress: show)
        line.clear()
        return try write(result, as: chosen, in: context)
    }

    private func write(
        _ result: ProbeSession.Result, as chosen: any ProbeFormat.Type, in context: CommandContext
    ) throws -> PerfModel.ExitCode {
        let isFile = output.map { $0 != "-" } ?? false
        let layout = Report.Layout(
            width: width ?? (isFile ? nil : context.outputColumns), usesColor: !isFile && context.usesColor,
            isVerbose: verbose)
        var warnings: [Warning] = []
        if result.isStopped {
            warnings.append(
                Warning(
                    code: "stopped", message: "a signal ended it early: fewer answers than planned",
                    remedy: "run it again"))
        }
        let report = ProbeReport(
            measurements: result.measurements,
            unresolved: result.unresolved.map { ProbeReport.Unresolved(url: $0.url, failure: $0.failure) },
            ownCPUs: result.cost?.cpus, runDelay: result.cost?.runDelay, rate: result.rate,
            host: HostDescription.current(), startedAt: result.startedAt, duration: result.duration,
            warnings: warnings, layout: layout)
        let bytes = try chosen.bytes(of: report)
        if isFile, let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return exitCode(of: result, report)
    }

    private func exitCode(of result: ProbeSession.Result, _ report: ProbeReport) -> PerfModel.ExitCode {
        var codes: [PerfModel.ExitCode] = []
        codes += result.unresolved.map { $0.failure.exitCode }
        for one in result.measurements {
            switch one.verdict {
            case .ok: break
            case .slow: if failOn == .warning { codes.append(.finding) }
            // An answer that is a finding, such as too many clients, was measured. What is found beside it, as that
            // answers are not compressed, is no answer.
            case .failed:
                if !one.report.findings.contains(where: { $0.severity == .critical }) { codes.append(.failure) }
            case .invalid: codes.append(.untrustworthy)
            }
        }
        if let failOn, report.findings.contains(where: { $0.severity >= failOn.severity }) { codes.append(.finding) }
        return .strongest(codes)
    }
}

/// `perfdoctor probe` alone, without targets.
struct NothingToAskError: UserFacingError {
    var summary: String { "nothing to ask: no URL, and perfdoctor.json has no targets" }
    var remedy: String? { "perfdoctor probe ping://HOST tcp://HOST:PORT redis://HOST" }
    var exitCode: PerfModel.ExitCode { .usage }
}
