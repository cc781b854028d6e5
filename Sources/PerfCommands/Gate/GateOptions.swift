import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel
import PerfSessions

/// What a gate calls a change, and how it measures.
struct GateOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Worse by so much is no regression; 1% unless given.", valueName: "share"))
    var tolerance = Share(0.01)

    @Option(help: ArgumentHelp("Worse by so much must be found; 5% unless given.", valueName: "share"))
    var effect = Share(0.05)

    @Option(
        name: .customLong("max-pairs"),
        help: ArgumentHelp("Pairs after which it gives up; 200 unless given.", valueName: "n"))
    var maxPairs = 200

    @Option(name: .customLong("max-time"), help: ArgumentHelp("Give up after this time: 90s, 10m.", valueName: "time"))
    var maxTime: TimeSpan?

    @Option(help: ArgumentHelp("Pairs that are thrown away first; 2 unless given.", valueName: "n"))
    var warmup = 2

    @Option(
        help: ArgumentHelp(
            "Metrics that must be decided: cpu_time, wall_time, peak_rss, …, separated by commas.", valueName: "names"))
    var metrics: String?

    @Option(
        help: ArgumentHelp(
            "Counters that must not grow: \(BenchSession.counters.joined(separator: ", ")), separated by commas.",
            valueName: "names"))
    var counters: String?

    @Flag(name: .customLong("no-control"), help: "Do not run a second copy of base beside both.")
    var noControl = false

    @Flag(name: .customLong("no-cause"), help: "Do not look for what accounts for a regression.")
    var noCause = false

    @Flag(name: .customLong("run-identical"), help: "Run programs that are the same byte for byte as well.")
    var runIdentical = false

    @Option(
        help: ArgumentHelp(
            "Link both n times with functions in other orders, since where code lies changes its speed: 11 or more. Takes "
                + "lld; with --build, {layout} for its flags; with --base-cmd and --head-cmd, {seed} in both for 1 to n.",
            valueName: "n"))
    var layouts: Int?

    @Option(help: ArgumentHelp("Run this before each run, unmeasured; may be repeated.", valueName: "command"))
    var prepare: [String] = []

    @Option(help: ArgumentHelp("Kill what runs longer: 500ms, 10s, 5m. It is a failure.", valueName: "time"))
    var timeout: TimeSpan?

    @Option(help: ArgumentHelp("Let this shell run the commands: sh, bash.", valueName: "shell"))
    var shell: String?

    @Option(help: ArgumentHelp("Run commands on these CPUs only: 1, or 0,1.", valueName: "cpus"))
    var pin: CPUList?

    @Flag(name: [.customShort("i"), .customLong("ignore-failure")], help: "Every exit status is fine.")
    var ignoreFailure = false

    func validate() throws {
        guard tolerance.value < effect.value, effect.value <= 10 else {
            throw ValidationError("--effect must be larger than --tolerance, and at most 1000%")
        }
        guard (1...100_000).contains(maxPairs) else { throw ValidationError("--max-pairs must be from 1 to 100000") }
        guard (0...1000).contains(warmup) else { throw ValidationError("--warmup must be from 0 to 1000") }
        if let layouts, !(Self.fewestLayouts...1000).contains(layouts) {
            throw ValidationError(
                "--layouts must be from \(Self.fewestLayouts) to 1000: fewer decide nothing, since each is one value")
        }
        if let timeout, timeout.value <= .zero { throw ValidationError("--timeout must be longer than nothing") }
    }

    /// Of the smallest gate: one metric and two that guard.
    private static let fewestLayouts = 11

    var linkLayouts: LinkLayouts? { layouts.map { LinkLayouts(count: $0) } }

    /// Looks after 15, 30, 60, 120 and 200 pairs, as far as the cap lets.
    private var looks: [Int] {
        let usual = [15, 30, 60, 120, 200].filter { $0 < maxPairs }
        return usual + [maxPairs]
    }

    func session(_ interruption: any RunInterruption) throws -> GateSession.Options {
        var options = GateSession.Options()
        options.tolerance = tolerance.value
        options.effect = effect.value
        options.looks = looks
        options.warmupPairs = warmup
        options.hasControl = !noControl
        options.findsCause = !noCause
        options.runsIdentical = runIdentical
        options.timeLimit = maxTime?.value
        options.runner.cpus = pin?.numbers ?? []
        options.runner.interruption = interruption
        return options
    }

    /// A suite with what the command line sets beside or instead of its own.
    func applied(to suite: BenchmarkSuite) -> BenchmarkSuite {
        var suite = suite
        suite.prepare += prepare
        if ignoreFailure { suite.ignoresFailure = true }
        suite.timeout = timeout?.value ?? suite.timeout
        suite.shell = shell ?? suite.shell
        return suite
    }

    /// Metrics and counters that decide, of the command line or of the suite.
    func gated(in suite: BenchmarkSuite) throws -> (metrics: [String], counters: [String]) {
        let asked = metrics?.split(separator: ",").map(String.init)
        let own = suite.metrics.filter { !BenchSession.counters.contains($0) && $0 != "allocated_bytes" }
        let counted = counters?.split(separator: ",").map(String.init) ?? []
        for name in counted where !BenchSession.counters.contains(name) { throw UnknownCounterError(name: name) }
        let all = BenchSession.counters.filter { counted.contains($0) || suite.counters.contains($0) }
        return (asked ?? (own.isEmpty ? ["cpu_time"] : own), all)
    }
}
