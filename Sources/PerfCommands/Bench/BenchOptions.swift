import ArgumentParser
import PerfBaselines
import PerfModel
import PerfSessions

/// How commands are measured.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Runs of each command that are thrown away; 1 unless given.", valueName: "n"))
    var warmup: Int?

    @Option(
        help: ArgumentHelp("Runs of each command; at least 10, and for at least 3 s, unless given.", valueName: "n"))
    var runs: Int?

    @Option(help: ArgumentHelp("Run this before each run, unmeasured; may be repeated.", valueName: "command"))
    var prepare: [String] = []

    @Option(help: ArgumentHelp("Run this after each run, unmeasured; may be repeated.", valueName: "command"))
    var conclude: [String] = []

    @Option(help: ArgumentHelp("Run this once before all runs of a command.", valueName: "command"))
    var setup: [String] = []

    @Option(help: ArgumentHelp("Run this once after all runs of a command.", valueName: "command"))
    var cleanup: [String] = []

    @Flag(name: [.customShort("i"), .customLong("ignore-failure")], help: "Every exit status is fine.")
    var ignoreFailure = false

    @Option(
        name: .customLong("parameter-list"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "A name and values, A,B,C: {NAME} in commands becomes each of them; may be repeated.",
            valueName: "name> <values"))
    var parameterList: [String] = []

    @Option(help: ArgumentHelp("Kill what runs longer: 500ms, 10s, 5m. It is a failure.", valueName: "time"))
    var timeout: TimeSpan?

    @Option(
        help: ArgumentHelp(
            "Count in runs of their own: \(BenchSession.counters.joined(separator: ", ")), separated by commas.",
            valueName: "names"))
    var counters: String?

    @Option(help: ArgumentHelp("Let this shell run the commands: sh, bash.", valueName: "shell"))
    var shell: String?

    @Option(help: ArgumentHelp("Run commands on these CPUs only: 1, or 0,1.", valueName: "cpus"))
    var pin: CPUList?

    @Option(
        help: ArgumentHelp("A file that becomes the commands' standard input; empty unless given.", valueName: "file"))
    var input: String?

    @Option(
        name: .customLong("command-output"),
        help: ArgumentHelp(
            "What commands print: discard, inherit, or read, for metrics on standard output.", valueName: "what"))
    var commandOutput: BenchCommand.Output?

    func validate() throws {
        if let runs, !(1...1_000_000).contains(runs) { throw ValidationError("--runs must be from 1 on, not \(runs)") }
        if let warmup, !(0...1_000_000).contains(warmup) {
            throw ValidationError("--warmup must not be negative, as \(warmup) is")
        }
        if let timeout, timeout.value <= .zero { throw ValidationError("--timeout must be longer than nothing") }
        guard parameterList.count % 2 == 0 else {
            throw ValidationError("--parameter-list takes a name and values: --parameter-list threads 1,2,4")
        }
    }

    /// The counters by name.
    ///
    /// - Throws: for one that does not exist.
    func checkedCounters() throws -> [String] {
        let names = counters?.split(separator: ",").map(String.init) ?? []
        for name in names where !BenchSession.counters.contains(name) {
            throw UnknownCounterError(name: name)
        }
        return names
    }

    /// A suite with what the command line sets beside or instead of its own.
    func applied(to suite: BenchmarkSuite) -> BenchmarkSuite {
        var suite = suite
        suite.prepare += prepare
        suite.conclude += conclude
        suite.setup += setup
        suite.cleanup += cleanup
        if ignoreFailure { suite.ignoresFailure = true }
        for index in stride(from: 0, to: parameterList.count - 1, by: 2) {
            let values = parameterList[index + 1].split(separator: ",", omittingEmptySubsequences: false).map(
                String.init)
            suite.parameters.removeAll { $0.name == parameterList[index] }
            suite.parameters.append(BenchmarkSuite.Parameter(name: parameterList[index], values: values))
        }
        suite.timeout = timeout?.value ?? suite.timeout
        suite.shell = shell ?? suite.shell
        suite.input = input ?? suite.input
        switch commandOutput {
        case .discard: suite.output = .discarded
        case .inherit: suite.output = .inherited
        case .read: suite.output = .read
        case nil: break
        }
        return suite
    }

    func plan(for suite: BenchmarkSuite) -> Measurement.Plan {
        var plan = Measurement.Plan()
        plan.warmup = warmup ?? suite.warmup ?? plan.warmup
        plan.runs = runs ?? suite.runs
        plan.stopsAtFailure = !suite.ignoresFailure
        return plan
    }
}

/// Numbers of CPUs: `1`, `0,1`, `0-3`.
struct CPUList: ExpressibleByArgument {
    var numbers: [Int32]

    init?(argument: String) {
        var numbers: [Int32] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
            guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil, first >= 0,
                first <= last, last < 8192
            else { return nil }
            numbers += Array(first...last)
        }
        guard !numbers.isEmpty else { return nil }
        self.numbers = numbers
    }
}

/// A counter that does not exist.
struct UnknownCounterError: UserFacingError {
    var name: String
    var summary: String { "no counter is called '\(name.printable)'" }
    var remedy: String? {
        NearestName.of(name, among: BenchSession.counters).map { "did you mean '\($0)'?" }
            ?? "known: \(BenchSession.counters.joined(separator: ", "))"
    }
    var exitCode: PerfModel.ExitCode { .usage }
}
