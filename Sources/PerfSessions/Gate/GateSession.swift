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
    private static let guardTolerance = 0.10
    private static let guardEffect = 0.25
    /// What one observation lasts at least: shorter programs run several times.
    private static let shortestObservation = 20e6

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
        let gated = contests.reduce(0) { $0 + $1.metrics.count + Self.guards.count }
        let plans = Plans(
            gate: try GatePlan(
                tolerance: options.tolerance, effect: options.effect, looks: options.looks, gatedCount: max(1, gated)),
            guarding: try GatePlan(
                tolerance: max(Self.guardTolerance, options.tolerance),
                effect: max(Self.guardEffect, options.effect * 2), looks: options.looks, gatedCount: max(1, gated)))
        var outcome = Outcome()
        let start = MonotonicClock.nanoseconds
        for contest in try listed(contests, &outcome) where !outcome.isCancelled {
            if !options.runsIdentical, contest.isIdentical() {
                outcome.comparisons.append(
                    GateResult.Comparison(
                        id: contest.id.text, metric: "", unit: "", channel: .presence, verdict: .pass,
                        reason: "unchanged: both sides run the same bytes with the same arguments"))
                continue
            }
            try decide(contest, plans, since: start, &outcome, progress)
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
                if base.contains(name), head.contains(name) { return one }
                let isNew = head.contains(name)
                var comparison = presence(
                    one, isNew ? .pass : .invalid,
                    isNew
                        ? "new: base does not have it"
                        : "base has it, and head does not: what became of it is not known")
                comparison.isGated = !isNew
                outcome.comparisons.append(comparison)
                return nil
            }
        }
    }

    private struct Plans {
        var gate: GatePlan
        var guarding: GatePlan
    }

    private enum Arm: CaseIterable {
        case base, head, control
    }

    /// What was measured of one contest.
    private struct Rounds {
        var observations: [Arm: [Observation]] = [:]
        var failures: [Arm: String] = [:]
        var repetitions = 1
        var isCancelled = false
        var isOutOfTime = false

        /// Nanoseconds of one run of head.
        var cpuTime: Double { observations[.head]?.last?.cpuTime ?? 0 }

        func pairs(_ metric: String, _ arm: Arm) -> [MeasuredPair] {
            zip(observations[.base] ?? [], observations[arm] ?? []).compactMap { base, other in
                guard let first = base.reported(metric), let second = other.reported(metric) else { return nil }
                return MeasuredPair(base: first, head: second)
            }
        }

        /// What processes are measured by, and what they report themselves.
        var metrics: [Metric] {
            let own = Observation.metrics.compactMap { Metric.named($0) }
            let reports = observations[.head]?.first?.reports.reports ?? []
            return own
                + reports.filter { report in !report.values.isEmpty && !Observation.metrics.contains(report.metric) }
                .map {
                    Metric(reported: $0.metric, unit: $0.unit, polarity: $0.polarity, kind: $0.kind)
                }
        }
    }

    private func decide(
        _ contest: GateContest, _ plans: Plans, since start: UInt64, _ outcome: inout Outcome,
        _ progress: (String) -> Void
    ) throws {
        for (side, command) in [("base", contest.base), ("head", contest.head)] {
            for setup in contest.setup {
                guard let failure = try runner.perform(setup, for: command) else { continue }
                return outcome.comparisons.append(
                    presence(contest, .invalid, "the setup of \(side) failed: \(failure)"))
            }
        }
        let rounds = try measure(contest, plans, since: start, progress)
        for command in [contest.base, contest.head] {
            for cleanup in contest.cleanup {
                guard let failure = try runner.perform(cleanup, for: command) else { continue }
                outcome.warnings.append(
                    Warning(
                        code: "cleanup", message: "\(contest.id.text): the cleanup failed: \(failure)",
                        remedy: "run it by hand"))
            }
        }
        outcome.isCancelled = rounds.isCancelled
        if let failure = failure(contest, rounds, &outcome) { outcome.comparisons.append(failure) }
        add(rounds, of: contest, plans, to: &outcome)
        guard !rounds.isCancelled, rounds.failures.isEmpty else { return }
        try count(contest, &outcome, progress)
        let failed = outcome.comparisons.filter { $0.id == contest.id.text && $0.verdict == .fail && $0.isGated }
        guard options.findsCause, !failed.isEmpty else { return }
        let cause = GateCause(contest: contest, options: options.runner)
        cause.explain(failed.map(\.metric), cpuTime: rounds.cpuTime, &outcome, progress)
    }

    // MARK: measuring

    private func measure(
        _ contest: GateContest, _ plans: Plans, since start: UInt64, _ progress: (String) -> Void
    ) throws -> Rounds {
        var rounds = Rounds()
        let arms: [Arm] = options.hasControl ? Arm.allCases : [.base, .head]
        func command(_ arm: Arm) -> BenchmarkCommand { arm == .head ? contest.head : contest.base }
        var shortest = Double.infinity
        for _ in 0..<max(1, options.warmupPairs) {
            progress("\(contest.id.text): warm-up")
            for arm in [Arm.base, .head] {
                let observation = try source.observe(command(arm), repetitions: 1)
                if observation.ending == .cancelled {
                    rounds.isCancelled = true
                    return rounds
                }
                if let failure = observation.failure { rounds.failures[arm] = failure }
                shortest = min(shortest, observation.wallTime)
            }
            guard rounds.failures.isEmpty else { return rounds }
        }
        if shortest > 0, shortest < Self.shortestObservation {
            rounds.repetitions = Int((Self.shortestObservation / shortest).rounded(.up))
        }
        var look = 0
        while look < plans.gate.cap {
            progress("\(contest.id.text): pair \(look + 1) of at most \(plans.gate.cap)")
            // A round that is not whole is none.
            var round: [Arm: Observation] = [:]
            for arm in arms.shuffled() {
                let observation = try source.observe(command(arm), repetitions: rounds.repetitions)
                if observation.ending == .cancelled {
                    rounds.isCancelled = true
                    return rounds
                }
                if let failure = observation.failure {
                    // Whether the other side fails as well is worth a run.
                    rounds.failures[arm == .control ? .base : arm] = failure
                }
                round[arm] = observation
            }
            guard rounds.failures.isEmpty else { return rounds }
            for (arm, observation) in round { rounds.observations[arm, default: []].append(observation) }
            look += 1
            if plans.gate.looks.contains(look), isDecided(contest, rounds, plans) { return rounds }
            if let limit = options.timeLimit,
                MonotonicClock.nanoseconds &- start > UInt64(clamping: limit.wholeNanoseconds)
            {
                rounds.isOutOfTime = true
                return rounds
            }
        }
        return rounds
    }

    private func isDecided(_ contest: GateContest, _ rounds: Rounds, _ plans: Plans) -> Bool {
        let known = rounds.metrics
        return contest.metrics.allSatisfy { metric in
            let pairs = rounds.pairs(metric, .head)
            // What nobody reports is not decided by waiting.
            guard !pairs.isEmpty else { return true }
            let outcome = PairedDecision.outcome(
                of: pairs, control: control(metric, rounds),
                polarity: known.first { $0.name == metric }?.polarity ?? .lowerIsBetter, plan: plans.gate)
            if case .more = outcome { return false }
            return true
        }
    }

    private func control(_ metric: String, _ rounds: Rounds) -> [MeasuredPair]? {
        options.hasControl ? rounds.pairs(metric, .control) : nil
    }

    // MARK: judging

    /// Head alone that fails is a regression; base alone, and both, are no comparison.
    private func failure(
        _ contest: GateContest, _ rounds: Rounds, _ outcome: inout Outcome
    ) -> GateResult.Comparison? {
        let count = rounds.observations[.base]?.count ?? 0
        let after = count == 0 ? "" : ", after \(Quantity.counted(Int64(count), "round")) in which it did not"
        switch (rounds.failures[.base], rounds.failures[.head]) {
        case (nil, nil): return nil
        case (nil, let head?): return presence(contest, .fail, "head \(head)\(after); base does not")
        case (let base?, nil):
            return presence(contest, .invalid, "base \(base)\(after): there is nothing to compare with")
        case (let base?, let head?):
            outcome.bothFailed = true
            return presence(contest, .invalid, "base \(base), and head \(head)\(after)")
        }
    }

    private func presence(
        _ contest: GateContest, _ verdict: GateResult.Verdict, _ reason: String
    ) -> GateResult.Comparison {
        GateResult.Comparison(
            id: contest.id.text, metric: "", unit: "", channel: .presence, verdict: verdict, reason: reason)
    }

    private func add(_ rounds: Rounds, of contest: GateContest, _ plans: Plans, to outcome: inout Outcome) {
        guard rounds.failures.isEmpty, !(rounds.observations[.head] ?? []).isEmpty else { return }
        for metric in contest.metrics where !rounds.metrics.contains(where: { $0.name == metric }) {
            outcome.comparisons.append(
                GateResult.Comparison(
                    id: contest.id.text, metric: metric, unit: "", channel: .sampled, verdict: .invalid,
                    reason: "no run says what it is"))
        }
        for known in rounds.metrics {
            let metric = known.name
            let pairs = rounds.pairs(metric, .head)
            let isGated = contest.metrics.contains(metric)
            let isGuard = !isGated && Self.guards.contains(metric)
            guard !pairs.isEmpty else {
                guard isGated else { continue }
                outcome.comparisons.append(
                    GateResult.Comparison(
                        id: contest.id.text, metric: metric, unit: known.unit, channel: .sampled, verdict: .invalid,
                        reason: "no run says what it is"))
                continue
            }
            let decision = PairedDecision(
                pairs: pairs, control: isGated ? control(metric, rounds) : nil, polarity: known.polarity,
                plan: isGuard ? plans.guarding : plans.gate)
            var comparison = decision.comparison(
                id: contest.id.text, metric: metric, unit: known.unit, isGated: isGated)
            if isGuard { comparison.isGated = decision.outcome == .fail }
            // Nobody waits for a decision on what is only reported.
            if !comparison.isGated, comparison.verdict != .fail {
                comparison.verdict = .pass
                comparison.reason = "reported only"
            }
            if rounds.isOutOfTime || rounds.isCancelled, isGated, comparison.verdict == .inconclusive {
                comparison.reason =
                    "\(rounds.isCancelled ? "stopped" : "the time was over") after \(pairs.count) pairs, before it was sure"
            }
            outcome.comparisons.append(comparison)
            if isGated || isGuard {
                outcome.pairs.append(Pairs(id: contest.id.text, metric: metric, pairs: pairs))
            }
        }
        if let metric = contest.metrics.first, options.hasControl {
            outcome.control += rounds.pairs(metric, .control)
        }
        outcome.head.series += series(of: contest, rounds)
    }

    private func series(of contest: GateContest, _ rounds: Rounds) -> [MetricSeries] {
        let observations = rounds.observations[.head] ?? []
        guard let start = observations.first?.startedAt else { return [] }
        return rounds.metrics.map(\.name).compactMap { name in
            guard let metric = rounds.metrics.first(where: { $0.name == name }) else { return nil }
            let samples = observations.enumerated().compactMap { index, observation in
                observation.reported(name).map {
                    MetricSeries.Sample(
                        process: index, order: index, time: Int64(clamping: observation.startedAt &- start), value: $0)
                }
            }
            guard !samples.isEmpty else { return nil }
            return MetricSeries(
                id: contest.id, metric: name, unit: metric.unit, polarity: metric.polarity, kind: metric.kind,
                warmup: options.warmupPairs, innerIterations: rounds.repetitions, samples: samples)
        }
    }

    // MARK: counters

    /// Counts twice on each side: what differs between runs of one program is no deterministic counter of it.
    private func count(_ contest: GateContest, _ outcome: inout Outcome, _ progress: (String) -> Void) throws {
        for counter in contest.counters {
            progress("\(contest.id.text): counting \(counter.split(separator: "_").joined(separator: " "))")
            let source = try BenchSession.source(of: counter, options.runner)
            var values: [[String: Double]] = []
            for command in [contest.base, contest.head, contest.base, contest.head] {
                switch source.measure(command) {
                case .available(let counted): values.append(counted)
                case .unavailable(let reason, let remedy):
                    outcome.unmeasured.append(
                        Unmeasured(id: "\(contest.id.text): \(counter)", reason: reason, remedy: remedy ?? ""))
                }
                guard values.last != nil else { break }
            }
            guard values.count == 4 else {
                outcome.comparisons.append(
                    GateResult.Comparison(
                        id: contest.id.text, metric: counter, unit: "count", channel: .counter, verdict: .invalid,
                        reason: "it could not be counted"))
                continue
            }
            for metric in source.metrics {
                let counts = values.map { $0[metric] ?? 0 }
                outcome.comparisons.append(
                    CounterComparison(base: [counts[0], counts[2]], head: [counts[1], counts[3]])
                        .comparison(id: contest.id.text, metric: metric))
            }
        }
    }
}

extension Observation {
    /// What the program reports of itself, the median of it; else what was measured of its process, which includes its
    /// start and its calibration.
    fileprivate func reported(_ metric: String) -> Double? {
        let values = reports.reports.filter { $0.metric == metric }.flatMap(\.values).sorted()
        guard !values.isEmpty else { return value(of: metric) }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }
}
