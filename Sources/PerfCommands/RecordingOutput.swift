import ArgumentParser
import Glibc
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports

/// Where a recording goes and what is said of it: the same for every command that records.
struct RecordingOutput: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the profile; perfdoctor-NAME-PID.pb.gz unless given.", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Write a report as well, after the target has ended; - is standard output.", valueName: "file"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Form of the report: \(ReportFormats.all.map { $0.id }.joined(separator: ", ")). Printed unless --report "
                + "names a file.", valueName: "name"))
    var format: String?

    @Flag(name: .customLong("pass-status"), help: "End with the target's own exit status.")
    var passStatus = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors and warnings.")
    var quiet = false

    /// Fails early where it would fail late: an unknown format, a place that cannot be written to.
    func check() throws {
        if let format { _ = try ReportFormats.format(named: format) }
        try OutputFile.checkWritable(output ?? "perfdoctor.pb.gz")
        if let report, report != "-" { try OutputFile.checkWritable(report) }
    }

    /// Records with a progress line; where that fails, a target that still runs is not left alone.
    ///
    /// - Parameters:
    ///   - context: where to say what.
    ///   - body: records, and says how far it is.
    ///   - waitForTarget: until it has ended; nil for one that was not launched.
    /// - Returns: what was recorded.
    /// - Throws: what the recording threw, unless the target's own status is wanted.
    func recorded<Recording>(
        in context: CommandContext, _ body: (ProgressLine) throws -> Recording,
        waitForTarget: () throws -> LaunchedProcess.Ending?
    ) throws -> Recording {
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        do {
            let recording = try body(line)
            line.clear()
            return recording
        } catch {
            line.clear()
            let ending = try waitForTarget()
            guard passStatus, let ending else { throw error }
            context.note(CommandFailure(error).text)
            Glibc.exit(ending.shellStatus)
        }
    }

    /// Stores a profile, says so, waits for the target, and writes the report that was asked for.
    ///
    /// - Parameters:
    ///   - profile: what was recorded.
    ///   - defaultPath: where to, unless the user said.
    ///   - command: the target's command line; empty for one that was not launched.
    ///   - context: where to say what.
    ///   - summary: what to say of it, by its path.
    ///   - waitForTarget: until it has ended; nil for one that was not launched.
    /// - Returns: the exit code; with `--pass-status` it ends the process with the target's own instead.
    /// - Throws: when a file cannot be written.
    func finish(
        _ profile: Profile, defaultPath: String, command: [String], in context: CommandContext,
        summary: (String) -> String, waitForTarget: () throws -> LaunchedProcess.Ending?
    ) throws -> PerfModel.ExitCode {
        let path = output ?? defaultPath
        if let warning = try OutputFile.write(try profile.encoded(), to: path) { context.note(warning.message) }
        if !quiet { context.note(summary(path)) }
        for warning in profile.extras?.warnings ?? [] {
            context.note("perfdoctor: warning: \(warning.message)\n  next: \(warning.remedy)")
        }
        let ending = try waitForTarget()
        if report != nil || format != nil { try write(profile, source: path, in: context) }
        guard let ending, !ending.isSuccess else { return .success }
        if passStatus { Glibc.exit(ending.shellStatus) }
        if !quiet { context.note("perfdoctor: \((command.first ?? "target").printable) \(ending.text)") }
        return .targetFailed
    }

    private func write(_ profile: Profile, source: String, in context: CommandContext) throws {
        let options = try ReportOptions.parse(format.map { ["--format", $0] } ?? [])
        let file = report == "-" ? nil : report
        let bytes = try options.bytes(of: profile, source: source, in: context, toFile: file != nil)
        if let file {
            if let warning = try OutputFile.write(bytes, to: file) { context.note(warning.message) }
        } else {
            try context.output.write(bytes)
        }
    }
}
