import PerfModel

/// What a result says beside a stored one: a line for each metric of either, and doubts.
///
/// Counters are compared exactly, timings by statistics and only on machines of one class. What is on one side only, or
/// cannot be compared, is a line of its own with the reason: nothing is passed over.
package struct BaselineComparison: Hashable, Sendable {
    package private(set) var comparisons: [GateResult.Comparison] = []
    package private(set) var warnings: [Warning] = []

    /// - Parameters:
    ///   - head: what is judged.
    ///   - baseline: what it is judged by.
    ///   - policy: how.
    package init(head: BenchmarkResult, baseline: BenchmarkResult, policy: BaselinePolicy) {
        let fitness = BaselineFitness(head: head, baseline: baseline, policy: policy)
        warnings = fitness.warnings
        let heads = Dictionary(head.series.map { (Self.key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(baseline.series.map(Self.key))
        let pairs = baseline.series.map { (baseline: $0, head: heads[Self.key($0)]) }
        let gated = pairs.reduce(0) { count, pair in
            guard let head = pair.head, head.kind != .deterministic, policy.isGated(head) else { return count }
            return count + (head.kind == .histogram ? policy.quantiles.count : 1)
        }
        let judge = StoredJudge(policy: policy, head: head, baseline: baseline, gatedCount: gated)
        for pair in pairs {
            guard let head = pair.head else {
                add(pair.baseline, .invalid, "it is in the baseline, and was not measured now")
                continue
            }
            compare(head, with: pair.baseline, fitness: fitness, judge: judge)
        }
        for series in head.series where !known.contains(Self.key(series)) {
            add(series, .inconclusive, isGated: false, "it is new: the baseline does not have it")
        }
        warnAboutPresence(head: head.series.filter { !known.contains(Self.key($0)) }, baseline: pairs)
        let judged = comparisons.filter { $0.channel == .sampled && $0.interval != nil }
        // Lines of histograms have the quantile behind the metric.
        if judged.contains(where: { judge.noise(of: $0.metric).isAssumed }) {
            warnings.append(
                Warning(
                    code: "noise_assumed",
                    message: "how far two sessions differ by themselves was not measured for all metrics; it is "
                        + "taken for \(PercentText.of(policy.usualDeviation))",
                    remedy: "measure it with a second copy of base, or compare two revisions in one session: "
                        + "perfdoctor gate --base REV --head REV"))
        }
    }

    /// Of all lines that gate; where none does, nothing was shown.
    package var verdict: GateResult.Verdict {
        let gated = comparisons.filter(\.isGated)
        return gated.isEmpty ? .inconclusive : .worst(gated.map(\.verdict))
    }

    private static func key(_ series: MetricSeries) -> [String] { [series.id.text, series.metric] }

    private mutating func compare(
        _ head: MetricSeries, with baseline: MetricSeries, fitness: BaselineFitness, judge: StoredJudge
    ) {
        if let difference = Self.difference(head, baseline) {
            add(head, .invalid, "it cannot be compared: \(difference)")
            return
        }
        let obstacle = head.kind == .deterministic ? fitness.counterObstacle : fitness.timingObstacle
        guard obstacle == nil else {
            let gated = judge.policy.isGated(head)
            add(head, .invalid, channel: judge.channel(of: head), isGated: gated, "not comparable: \(obstacle ?? "")")
            return
        }
        switch head.kind {
        case .deterministic: comparisons.append(judge.counter(head, baseline))
        case .sampled: comparisons.append(judge.samples(head, baseline))
        case .histogram: comparisons += judge.histogram(head, baseline)
        }
    }

    /// Why two series of one name are not of one thing.
    private static func difference(_ head: MetricSeries, _ baseline: MetricSeries) -> String? {
        if let new = head.benchmarkVersion, let old = baseline.benchmarkVersion, new != old {
            return "the benchmark itself has changed since the baseline"
        }
        if head.unit != baseline.unit {
            return "its unit was \(baseline.unit.printable), and is \(head.unit.printable)"
        }
        if head.kind != baseline.kind { return "it was \(baseline.kind.rawValue), and is \(head.kind.rawValue)" }
        if head.polarity != baseline.polarity { return "what is better was the other way round" }
        if let new = head.clock, let old = baseline.clock, new != old {
            return "its clock was \(old.printable), and is \(new.printable)"
        }
        return nil
    }

    private mutating func add(
        _ series: MetricSeries, _ verdict: GateResult.Verdict, channel: GateResult.Comparison.Channel = .presence,
        isGated: Bool = true, _ reason: String
    ) {
        comparisons.append(
            GateResult.Comparison(
                id: series.id.text, metric: series.metric, unit: series.unit, channel: channel, verdict: verdict,
                isGated: isGated, reason: reason))
    }

    private mutating func warnAboutPresence(
        head new: [MetricSeries], baseline pairs: [(baseline: MetricSeries, head: MetricSeries?)]
    ) {
        func warn(_ series: [MetricSeries], _ code: String, _ message: String, _ remedy: String) {
            var names: [String] = []
            for name in series.map(\.id.text) where !names.contains(name) { names.append(name) }
            guard let first = names.first else { return }
            let more = names.count > 1 ? " and \(names.count - 1) more" : ""
            warnings.append(Warning(code: code, message: "\(first.printable)\(more) \(message)", remedy: remedy))
        }
        let save = "save a new baseline when it is meant to be so: perfdoctor baseline save"
        warn(
            pairs.filter { $0.head == nil }.map(\.baseline), "benchmark_missing",
            "was not measured, but is in the baseline", "measure it, or \(save)")
        warn(new, "benchmark_new", "is not in the baseline, and judged by nothing", save)
        warn(
            pairs.compactMap { pair in
                pair.head.flatMap { Self.difference($0, pair.baseline) == nil ? nil : pair.baseline }
            }, "benchmark_changed", "is not what the baseline measured", save)
        warn(
            pairs.filter {
                ($0.head?.benchmarkVersion == nil) != ($0.baseline.benchmarkVersion == nil) && $0.head != nil
            }
            .map(\.baseline), "benchmark_version_unknown",
            "has a version on one side only: whether the benchmark has changed cannot be told", save)
    }
}
