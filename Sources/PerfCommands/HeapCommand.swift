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

    @OptionGroup
    var recordingOutput: RecordingOutput

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
        try recordingOutput.check()
        var options = HeapSession.Options()
        options.sampleBytes = sample?.bytes
        options.followsChildren = followFork
        options.duration = duration?.value
        let session = try HeapSession(arguments: command, options: options)
        let recording = try recordingOutput.recorded(
            in: context,
            { line in try session.record { live, elapsed in line.show(liveBytes: live, elapsed: elapsed) } },
            waitForTarget: session.waitForTarget)
        return try recordingOutput.finish(
            recording.profile, defaultPath: OutputFile.defaultName(process: recording.name, pid: recording.pid),
            command: command, in: context, summary: { HeapSummaryText(recording: recording, path: $0).text },
            waitForTarget: session.waitForTarget)
    }
}
