import ArgumentParser
import Glibc
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports
import PerfSampling
import PerfSessions

/// Samples where programs spend their CPU time.
struct RecordCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Samples where a program, or the whole machine, spends its CPU time.",
        discussion: """
            Launches a program, or attaches to running ones, and writes a profile (pprof) that holds functions, files \
            and lines: it is complete on its own and can be read on another machine. Programs are neither stopped nor \
            changed.

            EXAMPLES
              perfdoctor record -- ./my-server --port 8080  until it ends, or Ctrl-C
              perfdoctor record -p 4711 -d 10               it runs already: 10 seconds
              perfdoctor record -p 4711 -t 4713             one thread of it
              perfdoctor record -a -d 30s -o host.pb.gz     the whole machine
              perfdoctor record --cgroup app.slice -d 10    a container
              perfdoctor record -F 99 -p 4711 -d 5m         in production
              perfdoctor record --clock off-cpu -p 4711 -d 10    what it waits for, where, and for whom
              perfdoctor record -e page-faults -- ./tool    another event
              perfdoctor record --timeline -p 4711 -d 60    with times: stalls, phases
              perfdoctor record --format html --report a.html -- ./tool
                                                            a flame graph as well
            """
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A running process, with its descendants; may be repeated: 1,2.", valueName: "pid"))
    var pid: [NumberList] = []

    @Flag(name: .shortAndLong, help: "The whole machine.")
    var all = false

    @Option(help: ArgumentHelp("The processes of a cgroup, by its directory.", valueName: "path"))
    var cgroup: String?

    @Option(
        name: [.customShort("t"), .customLong("tid")],
        help: ArgumentHelp("Only these threads; may be repeated: 1,2.", valueName: "tid"))
    var tid: [NumberList] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How long: seconds, or 500ms, 10s, 5m. Until the target ends unless given.", valueName: "time"))
    var duration: TimeSpan?

    @Option(name: [.customShort("F"), .long], help: ArgumentHelp("Samples per second of CPU time.", valueName: "hz"))
    var frequency = 999

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "What triggers a sample: \(EventSpecification.all.map(\.name).joined(separator: ", ")). "
                + "CPU cycles where the CPU counts them, else cpu-clock, unless given.", valueName: "event"))
    var event: String?

    @Option(
        help: ArgumentHelp(
            "Which time to record: cpu, off-cpu (waits, by what for and for whom), wall (both).", valueName: "clock"))
    var clock = "cpu"

    @Option(
        help: ArgumentHelp(
            "How to find callers: auto (unwind information, finished by frame pointers), fp, dwarf.", valueName: "way"))
    var unwind = "auto"

    @Flag(help: "Keep the time of every sample and wait: for report --time, and for time axes in a browser.")
    var timeline = false

    @OptionGroup
    var recordingOutput: RecordingOutput

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The program to launch and its arguments, after --.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        let ways = [!pid.isEmpty, all, cgroup != nil, !command.isEmpty].count { $0 }
        guard ways > 0 || !tid.isEmpty else {
            throw ValidationError("nothing to record: give -p PID, -a, --cgroup PATH, or -- COMMAND")
        }
        guard ways <= 1 else {
            throw ValidationError("-p, -a, --cgroup and -- COMMAND exclude one another")
        }
        guard (1...50_000).contains(frequency) else {
            throw ValidationError("--frequency must be from 1 to 50000 samples per second, not \(frequency)")
        }
        if let event, EventSpecification.named(event) == nil {
            throw ValidationError(
                "unknown event '\(event.printable)'; known are \(EventSpecification.all.map(\.name).joined(separator: ", "))"
            )
        }
        guard let known = SamplingClock(rawValue: clock) else {
            throw ValidationError("unknown clock '\(clock.printable)'; known are cpu, wall, off-cpu")
        }
        if known == .offCPU, event != nil {
            throw ValidationError("--clock off-cpu records switches: it takes no --event; --clock wall does")
        }
        guard SamplingOptions.UnwindMode(rawValue: unwind) != nil else {
            throw ValidationError("unknown way to unwind '\(unwind.printable)'; known are auto, fp, dwarf")
        }
        if let duration, duration.value <= .zero { throw ValidationError("--duration must be longer than nothing") }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        try recordingOutput.check()
        let session = try RecordSession(target: try target(), duration: duration?.value, options: options)
        let recording = try recordingOutput.recorded(
            in: context,
            { line in try session.record { progress, elapsed in line.show(progress, elapsed: elapsed) } },
            waitForTarget: session.waitForTarget)
        return try recordingOutput.finish(
            recording.profile,
            defaultPath: OutputFile.defaultName(process: recording.name, pid: recording.pid ?? getpid()),
            command: command, in: context, summary: { RecordSummary(recording: recording, path: $0).text },
            waitForTarget: session.waitForTarget)
    }

    private func target() throws(SamplerError) -> RecordSession.Target {
        if all { return .attach(.system) }
        if let cgroup { return .attach(.cgroup(path: cgroup)) }
        if !command.isEmpty { return .launch(command) }
        let pids = pid.flatMap(\.numbers)
        if !pids.isEmpty { return .attach(.processes(pids)) }
        var owners: [Int32] = []
        for thread in tid.flatMap(\.numbers) {
            let owner = try ThreadOwner.pid(ofThread: thread)
            if !owners.contains(owner) { owners.append(owner) }
        }
        return .attach(.processes(owners))
    }

    private var options: SamplingOptions {
        var options = SamplingOptions()
        // For tests and benchmarks, which compare both.
        options.waitSource = ProcessEnvironment.variables()["PERFDOCTOR_WAIT_SOURCE"].flatMap(
            WaitSource.init(rawValue:))
        options.clock = SamplingClock(rawValue: clock) ?? .cpu
        options.frequency = frequency
        options.event = event.flatMap { EventSpecification.named($0) }
        options.unwind = SamplingOptions.UnwindMode(rawValue: unwind) ?? .auto
        options.keepsTimes = timeline
        options.threads = Set(tid.flatMap(\.numbers))
        return options
    }
}
