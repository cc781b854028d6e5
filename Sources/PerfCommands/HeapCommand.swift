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
        abstract: "Records every allocation of a program, by stack and Swift type.",
        discussion: """
            Launches a program and writes a profile (pprof) of what it allocated, what lived at its peak and what lives \
            at its end, by stack and by type; report and diff read it like any other profile. The program runs with a \
            small library that counts its heap calls; it is not changed otherwise.

            EXAMPLES
              perfdoctor heap -- ./my-tool input.json       every block, until it ends
              perfdoctor heap --sample 512KiB -- ./server   in production: estimates, at a cost nobody notices
              perfdoctor heap -d 60 -- ./server             the heap after a minute; the server goes on
              perfdoctor heap --report - -- ./my-tool       with a report at the end
              perfdoctor heap --format html --report a.html -- ./my-tool
                                                            flame graphs of live bytes, of churn, of the peak
              perfdoctor report perfdoctor-my-tool-4711.pb.gz --by type
              perfdoctor diff before.pb.gz after.pb.gz --sample-type alloc_space
            """
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How long: seconds, or 500ms, 10s, 5m. Until the program ends unless given.", valueName: "time"))
    var duration: TimeSpan?

    @Flag(help: "Record every block: the default.")
    var every = false

    @Option(
        help: ArgumentHelp(
            "Record one byte in so many, on average, and estimate the rest: 512KiB, 1MiB.", valueName: "bytes"))
    var sample: ByteSize?

    @Flag(name: .customLong("follow-fork"), help: "Record the children of the program as well.")
    var followFork = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the profile; perfdoctor-NAME-PID.pb.gz unless given.", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write a report as well, after the program has ended; - is standard output.", valueName: "file"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Form of the report: \(ReportFormats.all.map { $0.id }.joined(separator: ", ")). Printed unless --report "
                + "names a file.", valueName: "name"))
    var format: String?

    @Flag(name: .customLong("pass-status"), help: "End with the program's own exit status.")
    var passStatus = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings.")
    var quiet = false

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program to launch and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("nothing to record: give -- COMMAND") }
        guard !every || sample == nil else { throw ValidationError("--every and --sample exclude one another") }
        if let sample, sample.bytes < 64 {
            throw ValidationError("--sample must be at least 64 bytes, not \(sample.bytes); --every records all")
        }
        if let duration, duration.value <= .zero { throw ValidationError("--duration must be longer than nothing") }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        // What can go wrong later is better said now: the format, and where to write.
        let reportFormat = try format.map { try ReportFormats.format(named: $0) }
        try OutputFile.checkWritable(output ?? "perfdoctor.pb.gz")
        if let report, report != "-" { try OutputFile.checkWritable(report) }

        var options = HeapSession.Options()
        options.sampleBytes = sample?.bytes
        options.followsChildren = followFork
        options.duration = duration?.value
        let session = try HeapSession(arguments: command, options: options)
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        let recording: HeapSession.Recording
        do {
            recording = try session.record { live, elapsed in line.show(liveBytes: live, elapsed: elapsed) }
            line.clear()
        } catch {
            line.clear()
            // A target that still runs is not left alone.
            let ending = try session.waitForTarget()
            guard passStatus, let ending else { throw error }
            context.note(CommandFailure(error).text)
            Glibc.exit(ending.shellStatus)
        }
        let path = output ?? OutputFile.defaultName(process: recording.name, pid: recording.pid)
        let encoded = try recording.profile.encoded()
        if let warning = try OutputFile.write(encoded, to: path) { context.note(warning.message) }
        if !quiet { context.note(HeapSummaryText(recording: recording, path: path).text) }
        for warning in recording.profile.extras?.warnings ?? [] {
            context.note("perfdoctor: warning: \(warning.message)\n  next: \(warning.remedy)")
        }
        let ending = try session.waitForTarget()
        if report != nil || reportFormat != nil {
            try ReportOptions.write(recording.profile, source: path, to: report, format: format, in: context)
        }
        guard let ending, !ending.isSuccess else { return .success }
        if passStatus { Glibc.exit(ending.shellStatus) }
        if !quiet { context.note("perfdoctor: \(command[0].printable) \(ending.text)") }
        return .targetFailed
    }
}
