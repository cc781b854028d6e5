import ArgumentParser
import Glibc
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports
import PerfSessions

/// Records where a program's memory goes.
struct HeapCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "heap",
        abstract:
            "Records every allocation of a program, by stack and Swift type, and finds leaks; in running ones too.",
        discussion: """
            Launches a program and writes a profile (pprof) of what it allocated, what lived at its peak and what lives \
            at its end, by stack and by type; report and diff read it like any other profile. The program runs with a \
            small library that counts its heap calls; it is not changed otherwise.

            With -p, looks at a process that nobody prepared: it stands still for as long as a fork of it takes, \
            milliseconds, and lives on. Its blocks and what refers to them are read from the copy; which function \
            allocated them is not known. With -p and -d, --sample or --every, the library is loaded into the process \
            meanwhile, which tells what it allocates from then on, and keeps: the leak that is still reachable. It is \
            taken out again at the end.

            EXAMPLES
              perfdoctor heap -- ./my-tool input.json       every block, until it ends
              perfdoctor heap --sample 512KiB -- ./server   in production: estimates, at a cost nobody notices
              perfdoctor heap -d 60 -- ./server             the heap after a minute; the server goes on
              perfdoctor heap --report - -- ./my-tool       with a report at the end
              perfdoctor heap --leaks --fail-on-leak -- ./my-tool
                                                            in CI: retain cycles and lost memory, with their stacks
              perfdoctor heap --fail-on-leak --suppress 'type:App\\.Cache' -- ./my-tool
                                                            but for what is known; perfdoctor.json can say why
              perfdoctor heap -p 4711 --report -            what a running process holds, by type, and what leaks
              perfdoctor heap -p 4711 -d 60 --report -      what it allocates in a minute and keeps, by stack and type
              perfdoctor heap --format html --report a.html -- ./my-tool
                                                            flame graphs of live bytes, of churn, of the peak
              perfdoctor report perfdoctor-my-tool-4711.pb.gz --by type
              perfdoctor diff before.pb.gz after.pb.gz --sample-type alloc_space
            """
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How long: seconds, or 500ms, 10s, 5m. Until the program ends unless given; with -p, one look.",
            valueName: "time"))
    var duration: TimeSpan?

    @Flag(help: "Record every block: the default but for -p, where --sample 512KiB is.")
    var every = false

    @Option(
        help: ArgumentHelp(
            "Record one byte in so many, on average, and estimate the rest: 512KiB, 1MiB.", valueName: "bytes"))
    var sample: ByteSize?

    @Option(name: [.short, .customLong("pid")], help: ArgumentHelp("A running process to look at.", valueName: "pid"))
    var pid: Int32?

    @Flag(help: "Find what nothing refers to any more: retain cycles, over-retained objects, lost memory.")
    var leaks = false

    @Flag(name: .customLong("no-inject"), help: "Load nothing into a running process: one look, as without -d.")
    var noInject = false

    @Flag(name: .customLong("fail-on-leak"), help: "End with 1 where something leaks, 4 where nobody could look.")
    var failOnLeak = false

    @Option(
        help: ArgumentHelp(
            "Leave out leaks that are known: type:REGEX of their type, site:REGEX of a function that allocated.",
            valueName: "pattern"))
    var suppress: [String] = []

    @Option(help: ArgumentHelp("Settings: suppressions. perfdoctor.json here unless given.", valueName: "file"))
    var config: String?

    @Flag(name: .customLong("follow-fork"), help: "Record the children of the program as well.")
    var followFork = false

    @OptionGroup
    var recordingOutput: RecordingOutput

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program to launch and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard command.isEmpty != (pid == nil) else {
            throw ValidationError(
                pid == nil
                    ? "nothing to record: give -- COMMAND, or -p PID of a running process"
                    : "give -p PID or -- COMMAND, not both")
        }
        if pid != nil {
            guard !followFork else { throw ValidationError("--follow-fork is for -- COMMAND: give -p of the child") }
            guard !noInject || !isTracking else {
                throw ValidationError(
                    "--no-inject looks at a running process once: leave out --duration, --sample and --every")
            }
        }
        guard suppress.isEmpty || leaks || failOnLeak || pid != nil && !isTracking else {
            throw ValidationError("--suppress is about leaks: give --leaks as well")
        }
        guard !every || sample == nil else { throw ValidationError("--every and --sample exclude one another") }
        if let sample, sample.bytes < 64 {
            throw ValidationError("--sample must be at least 64 bytes, not \(sample.bytes); --every records all")
        }
        if let duration, duration.value <= .zero { throw ValidationError("--duration must be longer than nothing") }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        try recordingOutput.check()
        var options = HeapSession.Options()
        options.searchesLeaks = leaks || failOnLeak
        if options.searchesLeaks || pid != nil && !isTracking {
            options.suppressions =
                try suppress.map(SuppressionConfiguration.suppression) + Configuration.load(config).suppressions
        }
        options.sampleBytes = sample?.bytes
        if let pid {
            guard isTracking else { return try look(at: pid, options, in: context) }
            if !every { options.sampleBytes = sample?.bytes ?? HeapAttachSession.defaultSampleBytes }
            options.duration = duration?.value
            return try track(pid, options, in: context)
        }
        options.followsChildren = followFork
        options.duration = duration?.value
        let session = try HeapSession(arguments: command, options: options)
        let recording = try recordingOutput.recorded(
            in: context,
            { line in try session.record { live, elapsed in line.show(liveBytes: live, elapsed: elapsed) } },
            waitForTarget: session.waitForTarget)
        let code = try recordingOutput.finish(
            recording.profile, defaultPath: OutputFile.defaultName(process: recording.name, pid: recording.pid),
            command: command, in: context, summary: { HeapSummaryText(recording: recording, path: $0).text },
            waitForTarget: session.waitForTarget)
        return outcome(code, recording.profile)
    }

    /// Whether a running process is to be observed, rather than looked at once.
    private var isTracking: Bool { duration != nil || sample != nil || every }

    private func track(_ pid: Int32, _ options: HeapSession.Options, in context: CommandContext) throws
        -> PerfModel.ExitCode
    {
        let session = try HeapAttachSession(pid: pid, options: options)
        let recording = try recordingOutput.recorded(
            in: context,
            { line in try session.record { live, elapsed in line.show(liveBytes: live, elapsed: elapsed) } },
            waitForTarget: { nil })
        let code = try recordingOutput.finish(
            recording.profile, defaultPath: OutputFile.defaultName(process: recording.name, pid: pid), command: [],
            in: context, summary: { HeapSummaryText(recording: recording, path: $0).text }, waitForTarget: { nil })
        return outcome(code, recording.profile)
    }

    private func look(at pid: Int32, _ options: HeapSession.Options, in context: CommandContext) throws
        -> PerfModel.ExitCode
    {
        let recording = try HeapSnapshotSession(pid: pid, suppressions: options.suppressions).record()
        let code = try recordingOutput.finish(
            recording.profile, defaultPath: OutputFile.defaultName(process: recording.name, pid: pid), command: [],
            in: context, summary: { HeapSummaryText(recording: recording, path: $0).text }, waitForTarget: { nil })
        return outcome(code, recording.profile)
    }

    /// What `--fail-on-leak` makes of a recording; failures of the program itself come first.
    private func outcome(_ code: PerfModel.ExitCode, _ profile: Profile) -> PerfModel.ExitCode {
        guard failOnLeak else { return code }
        guard let leaks = profile.extras?.heap?.leaks else { return .strongest([code, .untrustworthy]) }
        // What was not seen may leak.
        return .strongest([code, leaks.count > 0 ? .finding : leaks.isPartial ? .untrustworthy : .success])
    }
}
