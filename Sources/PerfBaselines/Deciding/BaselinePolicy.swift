import PerfModel

/// How a result is judged by a stored one.
package struct BaselinePolicy: Hashable, Sendable {
    /// What is a change, and how often a gate may be wrong; its looks do not matter, since nothing is measured any more.
    package var plan: GatePlan
    /// By metric, the ratio that a deterministic counter may be worse by: 0.001 for 0.1%; others by nothing.
    package var counterTolerances: [String: Double]
    /// Sampled metrics that gate; others are reported, and deterministic ones always gate.
    package var gatedMetrics: Set<String>
    /// Of histograms, in 0...1.
    package var quantiles: [Double]
    /// Standard deviation of the logarithm of the ratio of two sessions of one program, where nothing measured it.
    package var usualDeviation: Double
    /// Older baselines bring a warning.
    package var greatestAge: Duration
    /// Nanoseconds since 1970-01-01 UTC; nil to ask nothing of the age.
    package var now: Int64?

    /// Instructions repeat to a millionth with deterministic hashing, and to 0.15% without it: the one in a thousand that
    /// they may be worse by asks for the former.
    package static let usualCounterTolerances = ["instructions": 0.001]

    /// CPU time can be judged on shared machines, wall time cannot: its noise is ten times as large.
    package static let usualGatedMetrics: Set<String> = ["cpu_time", "latency", "throughput"]

    /// Runs of one program on two busy virtual CPUs differed by 3 to 6.5% (standard deviation of the CPU time); between
    /// two sessions this counts in full, however many runs each has.
    package static let measuredDeviation = 0.05

    package init(
        plan: GatePlan = .standard(), counterTolerances: [String: Double] = usualCounterTolerances,
        gatedMetrics: Set<String> = usualGatedMetrics, quantiles: [Double] = [0.5, 0.95, 0.99],
        usualDeviation: Double = measuredDeviation, greatestAge: Duration = .seconds(30 * 86_400), now: Int64?
    ) {
        self.plan = plan
        self.counterTolerances = counterTolerances
        self.gatedMetrics = gatedMetrics
        self.quantiles = quantiles
        self.usualDeviation = usualDeviation
        self.greatestAge = greatestAge
        self.now = now
    }

    func isGated(_ series: MetricSeries) -> Bool {
        series.kind == .deterministic || gatedMetrics.contains(series.metric)
    }
}
