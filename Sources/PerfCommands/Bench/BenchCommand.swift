import ArgumentParser
import Glibc
import PerfBaselines
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Measures commands side by side.
struct BenchCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures commands: CPU time, wall time, memory, faults, switches, and counters on request.",
        discussion: """
            Runs each command in fresh processes, all commands in random order, and says which is faster and how sure \
            that is. CPU time is that of the whole process tree. Commands are split into words and run without a \
            shell; observations that would be too short are the mean of several processes. Without a command the \
            suites of perfdoctor.json are measured. An executable that speaks the benchmark protocol is asked for its \
            benchmarks: docs/benchmark-protocol.md.

            EXAMPLES
              perfdoctor bench 'sort a.txt' 'sort -S 50% a.txt'
              perfdoctor bench -- ./my-tool --input 'a file'
              perfdoctor bench --counters system_calls,allocations './my-tool a'
              perfdoctor bench --parameter-list threads 1,2,4 './my-tool -j {threads}'
              perfdoctor bench --prepare 'rm -rf out' --warmup 3 --runs 20 './build out'
              perfdoctor bench ./MyBenchmarks -o head.json   every benchmark of an executable
              perfdoctor bench --suite json                  a suite of perfdoctor.json
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case discard, inherit, read
    }

    @Argument(
        help: ArgumentHelp(
            "Command lines, each one word of the shell; or one command and its arguments, after --.",
            valueName: "command"))
    var commandLines: [String] = []

    /// What stands after `--`, as the one command line that it is.
    ///
    /// The parser would mix it with the command lines before.
    ///
    /// - Parameter arguments: of the command line, `bench` first.
    /// - Returns: the same, with one word after `--`.
    static func joiningCommand(in arguments: [String]) -> [String] {
        guard arguments.first == configuration.commandName, let end = arguments.firstIndex(of: "--"),
            end + 1 < arguments.count
        else { return arguments }
        let words = arguments[(end + 1)...].map { word in
            let isPlain =
                !word.isEmpty
                && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+/=:,@%{}".contains($0)) }
            return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }
        return arguments[...end] + [words.joined(separator: " ")]
    }

    @OptionGroup
    var settings: BenchOptions

    @Option(help: ArgumentHelp("A suite of perfdoctor.json; may be repeated.", valueName: "name"))
    var suite: [String] = []

    @Option(help: ArgumentHelp("Settings: suites. perfdoctor.json here unless given.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = Format.text

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the results, in JSON, to this file as well.", valueName: "file"))
    var output: String?

    @Flag(name: .shortAndLong, help: "Say nothing but results and errors.")
    var quiet = false

    func validate() throws {
        if !suite.isEmpty, !commandLines.isEmpty {
            throw ValidationError("--suite and commands exclude one another")
        }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        if let output, output != "-" { try OutputFile.checkWritable(output) }
        let suites = try chosenSuites()
        let counters = try settings.checkedCounters()
        let signals = try StopSignals(SignalReceiver())
        var options = BenchmarkRunner.Options()
        options.cpus = settings.pin?.numbers ?? []
        options.interruption = signals
        var outcomes: [BenchSession.Outcome] = []
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        let start = MonotonicClock.nanoseconds
        for suite in suites where outcomes.last.map({ !$0.isCancelled }) ?? true {
            let subjects = try suite.instances().map { instance in
                BenchSession.Subject(
                    command: instance.command, suite: suite.name, parameters: instance.parameters,
                    setup: instance.setup, cleanup: instance.cleanup,
                    counters: BenchSession.counters.filter {
                        counters.contains($0) || suite.counters.contains($0)
                    })
            }
            let session = try BenchSession(plan: settings.plan(for: suite), options: options)
            outcomes.append(
                try session.run(subjects) { progress in
                    let elapsed = Duration.nanoseconds(Int64(clamping: MonotonicClock.nanoseconds - start))
                    let count = progress.planned > 0 ? "\(progress.done) of \(progress.planned) runs" : "warm-up"
                    line.show("measuring \(progress.command), \(count)", elapsed: elapsed)
                })
        }
        line.clear()
        return try finish(outcomes, in: context)
    }

    private func finish(_ outcomes: [BenchSession.Outcome], in context: CommandContext) throws -> PerfModel.ExitCode {
        guard var result = outcomes.first?.result else { throw NothingToMeasureError() }
        for other in outcomes.dropFirst() {
            result.series += other.result.series
            result.warnings += other.result.warnings
            result.environment = other.result.environment
        }
        let document = try BenchmarkDocument.encoded(result)
        if let output, output != "-" {
            if let warning = try OutputFile.write(document, to: output) { context.note(warning) }
        }
        if format == .json || output == "-" {
            try context.output.write(document)
        } else if !result.series.isEmpty {
            // The benchmarks of an executable, and several suites, do different things.
            let areAlike = outcomes.count == 1 && outcomes[0].arms.allSatisfy { $0.command.benchmark == nil }
            let text = BenchmarkText(
                result, comparesCommands: areAlike, width: width ?? context.outputColumns, usesColor: context.usesColor)
            try context.output.write(Array(text.text.utf8))
        }
        var codes: [PerfModel.ExitCode] = []
        for arm in outcomes.flatMap(\.arms) {
            guard let failure = arm.failure else { continue }
            context.note("error: \(arm.command.name.printable): \(failure)")
            if let remedy = arm.remedy { context.note("next: \(remedy)") }
            codes.append(arm.isNotStarted ? .failure : .targetFailed)
        }
        if outcomes.contains(where: \.isCancelled) {
            context.note("perfdoctor: stopped; what is above was measured until then")
            codes.append(.failure)
        }
        return .strongest(codes)
    }

    /// The command line as a suite, or those of the configuration.
    private func chosenSuites() throws -> [BenchmarkSuite] {
        guard commandLines.isEmpty else {
            let entries = commandLines.map { BenchmarkSuite.Entry(text: $0) }
            return [settings.applied(to: BenchmarkSuite(name: "", entries: entries))]
        }
        let known = try Configuration.load(config).suites
        guard !known.isEmpty else { throw NothingToMeasureError() }
        for name in suite where !known.contains(where: { $0.name == name }) {
            throw UnknownSuiteError(name: name, known: known.map(\.name))
        }
        return known.filter { suite.isEmpty || suite.contains($0.name) }.map { settings.applied(to: $0) }
    }
}

/// `perfdoctor bench` alone, without suites.
struct NothingToMeasureError: UserFacingError {
    var summary: String { "nothing to measure: no command, and perfdoctor.json has no suites" }
    var remedy: String? { "perfdoctor bench 'COMMAND' 'OTHER COMMAND'" }
    var exitCode: PerfModel.ExitCode { .usage }
}

/// A suite that perfdoctor.json does not have.
struct UnknownSuiteError: UserFacingError {
    var name: String
    var known: [String]
    var summary: String { "no suite is called '\(name.printable)'" }
    var remedy: String? {
        NearestName.of(name, among: known).map { "did you mean '\($0.printable)'?" }
            ?? "known: \(known.map(\.printable).joined(separator: ", "))"
    }
    var exitCode: PerfModel.ExitCode { .usage }
}

extension BenchmarkSuite {
    /// Counters that its metrics take.
    var counters: [String] {
        metrics.map { $0 == "allocated_bytes" ? "allocations" : $0 }.filter { BenchSession.counters.contains($0) }
    }
}
