import PerfBaselines

/// What was measured of one contest, round by round.
struct GateRounds {
    /// What runs in each round.
    enum Arm: CaseIterable {
        case base, head
        /// A second copy of base.
        case control
    }

    /// Of each arm, in the order of the rounds.
    var observations: [Arm: [Observation]] = [:]
    /// Why an arm is no time; the control's is base's.
    var failures: [Arm: String] = [:]
    /// Runs of a program that make one observation.
    var repetitions = 1
    /// Links that take turns from round to round; 0 for programs that are always the same.
    var layoutCount = 0
    var isCancelled = false
    var isOutOfTime = false

    /// Nanoseconds of one run of head.
    var cpuTime: Double { observations[.head]?.last?.cpuTime ?? 0 }

    /// Rounds that are whole.
    var count: Int { observations[.base]?.count ?? 0 }

    /// Base beside another arm, of the rounds in which both say what the metric is.
    func pairs(_ metric: String, _ arm: Arm) -> [MeasuredPair] {
        zip(observations[.base] ?? [], observations[arm] ?? []).enumerated().compactMap { index, round in
            guard let first = round.0.reported(metric), let second = round.1.reported(metric) else { return nil }
            return MeasuredPair(base: first, head: second, layout: layoutCount > 0 ? index % layoutCount : nil)
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

extension Observation {
    /// What the program reports of itself, the median of it; else what was measured of its process, which includes its
    /// start and its calibration.
    func reported(_ metric: String) -> Double? {
        let values = reports.reports.filter { $0.metric == metric }.flatMap(\.values).sorted()
        guard !values.isEmpty else { return value(of: metric) }
        return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
    }
}
