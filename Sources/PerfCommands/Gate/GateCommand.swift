import ArgumentParser
import Glibc
import PerfBaselines
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Decides whether a change made programs slower.
struct GateCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Decides whether a change made programs slower, and says why: for pull requests.",
        discussion: """
            Runs base and head by turns, each time in fresh processes, until the answer is sure: a regression fails, \
            noise does not, and what cannot be told is said to be inconclusive. CPU time decides; wall time and peak \
            memory fail where they are much worse; counters that are the same in every run are compared exactly. A \
            second copy of base runs beside both: where it differs from base, the machine is not fit to measure.

            EXAMPLES
              perfdoctor gate --base origin/main             the work tree against where it parted from main
              perfdoctor gate --base v1.2 --head HEAD json   one suite of perfdoctor.json
              perfdoctor gate --base-cmd './old/tool in.json' --head-cmd './new/tool in.json'
              perfdoctor gate --base origin/main --counters allocations --format markdown -o gate.json
              perfdoctor gate --base origin/main --effect 10% --max-time 5m
              perfdoctor gate --base origin/main --layouts 20
              perfdoctor gate result.json --baseline parser --update
              perfdoctor gate k6.json --slo 'p95 < 500ms' --slo 'throughput >= 1000/s'
              perfdoctor gate load.json --baseline guides/small

            EXIT CODES
              0 no regression, 1 a regression, 3 inconclusive (with --fail-on-inconclusive), 4 not to be trusted,
              5 perfdoctor could not do its job, 6 base and head both fail
            """
    )

    @Argument(
        help: ArgumentHelp(
            "Suites of perfdoctor.json, all unless given; with --baseline or --slo: results.",
            valueName: "suite-or-result"))
    var names: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compare results with this stored baseline: a name, a file, or postgresql://USER@HOST/DATABASE#NAME.",
            valueName: "baseline"))
    var baseline: String?

    @Option(help: ArgumentHelp("An objective such as 'p95 < 500ms'; may be repeated.", valueName: "expression"))
    var slo: [String] = []

    @Flag(help: "Store the results as the baseline, unless something got worse.")
    var update = false

    @OptionGroup
    var stores: BaselineStoreOptions

    @Option(help: ArgumentHelp("A revision to compare with: where head parted from it.", valueName: "rev"))
    var base: String?

    @Option(help: ArgumentHelp("A revision; the work tree as it is unless given.", valueName: "rev"))
    var head: String?

    @Flag(name: .customLong("no-merge-base"), help: "Compare with --base itself, not with where head parted from it.")
    var noMergeBase = false

    @Option(
        help: ArgumentHelp(
            "How both are built: build of perfdoctor.json unless given, else 'swift build -c release' for a package.",
            valueName: "command"))
    var build: String?

    @Option(name: .customLong("base-cmd"), help: ArgumentHelp("A command line.", valueName: "command-line"))
    var baseCommand: String?

    @Option(name: .customLong("head-cmd"), help: ArgumentHelp("Another one.", valueName: "command-line"))
    var headCommand: String?

    @OptionGroup
    var settings: GateOptions

    @Flag(name: .customLong("fail-on-inconclusive"), help: "Exit with 3 where it could not be decided.")
    var failOnInconclusive = false

    @Option(
        help: ArgumentHelp(
            "Settings: suites, build. perfdoctor.json of head's tree unless given.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "What to print: \(GateFormats.all.map { $0.id }.joined(separator: ", ")).", valueName: "format"))
    var format = "text"

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write the result, in JSON, to this file as well.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Write a page for browsers to this file as well.", valueName: "file"))
    var html: String?

    @Option(
        help: ArgumentHelp(
            "Write another format to a file as well, such as junit=gate.xml; may be repeated.",
            valueName: "format=file"))
    var also: [FormatFile] = []

    @Flag(name: .shortAndLong, help: "Say nothing but the result and errors.")
    var quiet = false

    func validate() throws {
        let isByCommands = baseCommand != nil || headCommand != nil
        let ways = [isByCommands, base != nil, isStored].count { $0 }
        guard ways == 1 else {
            throw ValidationError(
                "one of --base REV, --base-cmd with --head-cmd, and RESULT... with --baseline or --slo")
        }
        if isStored {
            guard !names.isEmpty else { throw ValidationError("name the results to compare with the baseline") }
            guard !update || baseline != nil && names.count == 1 else {
                throw ValidationError("--update stores one result under the name of --baseline")
            }
        } else if update {
            throw ValidationError("--update goes with RESULT and --baseline")
        }
        if isByCommands {
            guard baseCommand != nil, headCommand != nil else {
                throw ValidationError("--base-cmd and --head-cmd go together")
            }
            guard names.isEmpty, head == nil, build == nil, !noMergeBase else {
                throw ValidationError("suites, --head, --build and --no-merge-base go with --base REV")
            }
        }
        if let layouts = settings.layouts {
            guard !isStored else { throw ValidationError("--layouts goes with programs that are run") }
            guard [baseCommand, headCommand].compactMap({ $0 }).allSatisfy({ $0.contains(LinkLayouts.seed) }) else {
                throw ValidationError(
                    "--layouts \(layouts) takes {seed} in --base-cmd and in --head-cmd, for 1 to \(layouts): programs that "
                        + "you linked so often")
            }
        }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let format = try GateFormats.format(named: format)
        let others = try also.map { (file: $0.file, format: try GateFormats.format(named: $0.format)) }
        for file in [output, html].compactMap({ $0 }) + others.map(\.file) where file != "-" {
            try OutputFile.checkWritable(file)
        }
        let signals = try StopSignals(SignalReceiver())
        let line = ProgressLine(isShown: !quiet && isatty(STDERR_FILENO) == 1, context: context)
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        let progress = { (text: String) in
            line.show(text, elapsed: .nanoseconds(Int64(clamping: MonotonicClock.nanoseconds - start)))
        }
        let measured: Measured
        if isStored {
            measured = try compareStored(in: context)
        } else {
            let session = try GateSession(try settings.session(signals))
            if let baseCommand, let headCommand {
                measured = try compare(baseCommand, headCommand, session, progress)
            } else {
                measured = try compareRevisions(session, signals, context.environment, progress)
            }
        }
        line.clear()
        let result = GateSummary(measured.outcome).result(warnings: measured.warnings)
        let report = GateReport(
            result: result, base: measured.base, head: measured.head, machine: measured.machine ?? .current(),
            startedAt: startedAt,
            duration: .nanoseconds(Int64(clamping: MonotonicClock.nanoseconds - start)),
            pairs: measured.outcome.pairs.map { GateReport.Pairs(id: $0.id, metric: $0.metric, pairs: $0.pairs) },
            layout: Report.Layout(width: width ?? context.outputColumns, usesColor: context.usesColor),
            isStored: isStored)
        let files: [(file: String?, format: any GateFormat.Type)] =
            [(output, JSONGateFormat.self), (html, HTMLGateFormat.self)] + others.map { ($0.file, $0.format) }
        for (file, other) in files {
            guard let file, file != "-" else { continue }
            if let warning = try OutputFile.write(try other.bytes(of: report), to: file) { context.note(warning) }
        }
        try context.output.write(try (output == "-" ? JSONGateFormat.self : format).bytes(of: report))
        if update, result.verdict == .pass { try store(in: context) }
        if measured.outcome.isCancelled {
            context.note("perfdoctor: stopped; what is above was measured until then")
            return .failure
        }
        return code(of: result, measured.outcome)
    }

    private func code(of result: GateResult, _ outcome: GateSession.Outcome) -> PerfModel.ExitCode {
        if outcome.bothFailed { return .targetFailed }
        return switch result.verdict {
        case .pass: .success
        case .fail: .finding
        case .inconclusive: failOnInconclusive ? .inconclusive : .success
        case .invalid: .untrustworthy
        }
    }

    /// What was compared, and what came of it.
    struct Measured {
        var outcome: GateSession.Outcome
        var base: String
        var head: String
        var warnings: [Warning] = []
        var machine: BenchmarkMachine?
    }
}
