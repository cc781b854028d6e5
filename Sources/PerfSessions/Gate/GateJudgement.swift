import PerfBaselines
import PerfModel

/// Says what the rounds of a contest mean: a comparison for each metric.
struct GateJudgement {
    let options: GateSession.Options
    /// Of metrics that decide.
    let plan: GatePlan
    /// Of metrics that only guard.
    let guardPlan: GatePlan

    private static let guardTolerance = 0.10
    private static let guardEffect = 0.25

    /// - Parameters:
    ///   - options: of the session.
    ///   - contests: all, since they share the chances of error.
    /// - Throws: when the plan makes no sense.
    init(_ options: GateSession.Options, for contests: [GateContest]) throws(GatePlanError) {
        self.options = options
        let gated = contests.reduce(0) { $0 + $1.metrics.count + GateSession.guards.count }
        plan = try GatePlan(
            tolerance: options.tolerance, effect: options.effect, looks: options.looks, gatedCount: max(1, gated))
        guardPlan = try GatePlan(
            tolerance: max(Self.guardTolerance, options.tolerance),
            effect: max(Self.guardEffect, options.effect * 2), looks: options.looks, gatedCount: max(1, gated))
        for contest in contests where !contest.layouts.isEmpty && contest.layouts.count < plan.fewestValues {
            throw .layouts(contest.layouts.count, needed: plan.fewestValues)
        }
    }

    /// Whether all metrics that decide are decided.
    func isDecided(_ contest: GateContest, _ rounds: GateRounds) -> Bool {
        let known = rounds.metrics
        return contest.metrics.allSatisfy { metric in
            let pairs = rounds.pairs(metric, .head)
            // What nobody reports is not decided by waiting.
            guard !pairs.isEmpty else { return true }
            let outcome = PairedDecision.outcome(
                of: pairs, control: control(metric, rounds),
                polarity: known.first { $0.name == metric }?.polarity ?? .lowerIsBetter, plan: plan)
            if case .more = outcome { return false }
            return true
        }
    }

    private func control(_ metric: String, _ rounds: GateRounds) -> [MeasuredPair]? {
        options.hasControl ? rounds.pairs(metric, .control) : nil
    }

    /// Adds what the rounds say of a contest.
    func judge(_ contest: GateContest, _ rounds: GateRounds, into outcome: inout GateSession.Outcome) {
        outcome.isCancelled = rounds.isCancelled
        if let failure = failure(contest, rounds, &outcome) { outcome.comparisons.append(failure) }
        guard rounds.failures.isEmpty, !(rounds.observations[.head] ?? []).isEmpty else { return }
        let known = rounds.metrics
        for metric in contest.metrics where !known.contains(where: { $0.name == metric }) {
            outcome.comparisons.append(unknown(metric, unit: "", of: contest))
        }
        for metric in known { add(metric, of: contest, rounds, to: &outcome) }
        if let metric = contest.metrics.first, options.hasControl {
            outcome.control += rounds.pairs(metric, .control)
        }
        outcome.head.series += series(of: contest, rounds)
    }

    /// Head alone that fails is a regression; base alone, and both, are no comparison.
    private func failure(
        _ contest: GateContest, _ rounds: GateRounds, _ outcome: inout GateSession.Outcome
    ) -> GateResult.Comparison? {
        let count = rounds.observations[.base]?.count ?? 0
        let after = count == 0 ? "" : ", after \(Quantity.counted(Int64(count), "round")) in which it did not"
        switch (rounds.failures[.base], rounds.failures[.head]) {
        case (nil, nil): return nil
        case (nil, let head?): return contest.presence(.fail, "head \(head)\(after); base does not")
        case (let base?, nil):
            return contest.presence(.invalid, "base \(base)\(after): there is nothing to compare with")
        case (let base?, let head?):
            outcome.bothFailed = true
            return contest.presence(.invalid, "base \(base), and head \(head)\(after)")
        }
    }

    private func unknown(_ metric: String, unit: String, of contest: GateContest) -> GateResult.Comparison {
        GateResult.Comparison(
            id: contest.id.text, metric: metric, unit: unit, channel: .sampled, verdict: .invalid,
            reason: "no run says what it is")
    }

    private func add(
        _ known: Metric, of contest: GateContest, _ rounds: GateRounds, to outcome: inout GateSession.Outcome
    ) {
        let metric = known.name
        let pairs = rounds.pairs(metric, .head)
        let isGated = contest.metrics.contains(metric)
        let isGuard = !isGated && GateSession.guards.contains(metric)
        guard !pairs.isEmpty else {
            if isGated { outcome.comparisons.append(unknown(metric, unit: known.unit, of: contest)) }
            return
        }
        let decision = PairedDecision(
            pairs: pairs, control: isGated ? control(metric, rounds) : nil, polarity: known.polarity,
            plan: isGuard ? guardPlan : plan)
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
            outcome.pairs.append(GateSession.Pairs(id: contest.id.text, metric: metric, pairs: pairs))
        }
    }

    private func series(of contest: GateContest, _ rounds: GateRounds) -> [MetricSeries] {
        let observations = rounds.observations[.head] ?? []
        guard let start = observations.first?.startedAt else { return [] }
        return rounds.metrics.compactMap { metric in
            let samples = observations.enumerated().compactMap { index, observation in
                observation.reported(metric.name).map {
                    MetricSeries.Sample(
                        process: index, order: index, time: Int64(clamping: observation.startedAt &- start), value: $0)
                }
            }
            guard !samples.isEmpty else { return nil }
            return MetricSeries(
                id: contest.id, metric: metric.name, unit: metric.unit, polarity: metric.polarity, kind: metric.kind,
                warmup: options.warmupPairs, innerIterations: rounds.repetitions, samples: samples)
        }
    }
}

extension GateContest {
    /// Whether it can be compared at all.
    func presence(_ verdict: GateResult.Verdict, _ reason: String) -> GateResult.Comparison {
        GateResult.Comparison(
            id: id.text, metric: "", unit: "", channel: .presence, verdict: verdict, reason: reason)
    }
}
