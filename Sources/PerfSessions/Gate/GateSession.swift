import PerfBaselines
import PerfLinux
import PerfModel

/// Decides whether one of two programs is slower: runs them by turns until the answer is sure.
package struct GateSession {
    package struct Options: Sendable {
        package var tolerance = 0.01
        package var effect = 0.05
        package var looks = [15, 30, 60, 120, 200]
        package var warmupPairs = 2
        /// Whether a second copy of base runs in each round, to see whether the machine is fit to measure.
        package var hasControl = true
        /// Whether programs that are the same are run nevertheless.
        package var runsIdentical = false
        /// Whether profiles of both are made where CPU time got worse.
        package var findsCause = true
        /// Ends sampling of what is not decided by then; nil for none.
        package var timeLimit: Duration?
        package var runner = BenchmarkRunner.Options()

        package init() {}
    }

    package struct Outcome: Sendable {
        package var comparisons: [GateResult.Comparison] = []
        package var cause: GateResult.Cause?
        package var unmeasured: [Unmeasured] = []
        package var warnings: [Warning] = []
        /// What was measured of metrics that can fail, pair by pair.
        package var pairs: [Pairs] = []
        /// Whether both sides failed somewhere: then it is the benchmark that is broken.
        package var bothFailed = false
        package var isCancelled = false
        /// Head's results, for a baseline.
        package var head = BenchmarkResult(series: [])
        /// Of base and its copy, in pairs.
        package var control: [MeasuredPair] = []

        package init(comparisons: [GateResult.Comparison] = [], unmeasured: [Unmeasured] = []) {
            self.comparisons = comparisons
            self.unmeasured = unmeasured
        }
    }

    package struct Pairs: Sendable, Hashable {
        package var id: String
        package var metric: String
        package var pairs: [MeasuredPair]
    }

    /// Metrics that fail a gate only where they are much worse: they are too noisy to be decided, and CPU time does not
    /// see what only waits or only holds memory.
    static let guards = ["wall_time", "peak_rss"]

    private let options: Options
    private let runner: BenchmarkRunner
    private let source: any ObservationSource

    /// - Parameters:
    ///   - options: how it is decided.
    ///   - source: what runs the commands; nil for real processes.
    /// - Throws: when /dev/null cannot be opened.
    package init(_ options: Options, source: (any ObservationSource)? = nil) throws(SystemCallError) {
        self.options = options
        runner = try BenchmarkRunner(options.runner)
        self.source = source ?? runner
    }

    /// Measures one benchmark after the other.
    ///
    /// - Parameters:
    ///   - contests: what to decide on.
    ///   - progress: called before each run with what happens.
    /// - Returns: a comparison for each metric of each contest, and what accounts for regressions.
    /// - Throws: when nothing can be run at all, or the plan makes no sense.
    package func run(_ contests: [GateContest], progress: (String) -> Void) throws -> Outcome {
        let measurement = GateMeasurement(options: options, source: source, start: MonotonicClock.nanoseconds)
        var outcome = Outcome()
        let listed = try listed(contests, &outcome)
        // Each benchmark of an executable may fail, and shares the chances of error.
        let judgement = try GateJudgement(options, for: listed)
        for contest in listed where !outcome.isCancelled {
            if !options.runsIdentical, contest.isIdentical() {
                outcome.comparisons.append(
                    contest.presence(.pass, "unchanged: both sides run the same bytes with the same arguments"))
                continue
            }
            try decide(contest, measurement, judgement, &outcome, progress)
        }
        return outcome
    }

    /// Each benchmark of an executable that has several as a contest of its own.
    private func listed(_ contests: [GateContest], _ outcome: inout Outcome) throws -> [GateContest] {
        let listing = BenchmarkListing(runner: runner)
        return try contests.flatMap { contest -> [GateContest] in
            let base = try listing.benchmarks(of: contest.base)
            let head = try listing.benchmarks(of: contest.head)
            guard !base.isEmpty || !head.isEmpty else { return [contest] }
            return (base + head.filter { !base.contains($0) }).compactMap { name in
                var one = contest
                one.id.benchmark = name
                (one.base.benchmark, one.head.benchmark) = (name, name)
                for index in one.layouts.indices {
                    (one.layouts[index].base.benchmark, one.layouts[index].head.benchmark) = (name, name)
                }
                if base.contains(name), head.contains(name) { return one }
                let isNew = head.contains(name)
                var comparison = one.presence(
                    isNew ? .pass : .invalid,
                    isNew
                        ? "new: base does not have it"
                        : "base has it, and head does not: what became of it is not known")
                comparison.isGated = !isNew
                outcome.comparisons.append(comparison)
                return nil
            }
        }
    }

    private func decide(
        _ contest: GateContest, _ measurement: GateMeasurement, _ judgement: GateJudgement, _ outcome: inout Outcome,
        _ progress: (String) -> Void
    ) throws {
        for (side, command) in [("base", contest.base), ("head", contest.head)] {
            for setup in contest.setup {
                guard let failure = try runner.perform(setup, for: command) else { continue }
                return outcome.comparisons.append(
                    contest.presence(.invalid, "the setup of \(side) failed: \(failure)"))
            }
        }
        let rounds = try measurement.rounds(
            of: contest, looks: judgement.plan.looks, isDecided: { judgement.isDecided(contest, $0) },
            progress: progress)
        for command in [contest.base, contest.head] {
            for cleanup in contest.cleanup {
                guard let failure = try runner.perform(cleanup, for: command) else { continue }
                outcome.warnings.append(
                    Warning(
                        code: "cleanup", message: "\(contest.id.text): the cleanup failed: \(failure)",
                        remedy: "run it by hand"))
            }
        }
        judgement.judge(contest, rounds, into: &outcome)
        guard !rounds.isCancelled, rounds.failures.isEmpty else { return }
        try GateCounting(runner: options.runner).count(contest, into: &outcome, progress: progress)
        let failed = outcome.comparisons.filter { $0.id == contest.id.text && $0.verdict == .fail && $0.isGated }
        guard options.findsCause, !failed.isEmpty else { return }
        let cause = GateCause(contest: contest, options: options.runner)
        cause.explain(failed.map(\.metric), cpuTime: rounds.cpuTime, &outcome, progress)
    }
}
