import Glibc
import PerfStatistics

/// Judges one metric of two stored results that may be compared.
struct StoredJudge: Sendable {
    typealias Comparison = GateResult.Comparison

    let policy: BaselinePolicy
    private let head: BenchmarkResult
    private let baseline: BenchmarkResult
    /// How likely one comparison may fail, or pass, wrongly.
    let failLevel: Double
    let passLevel: Double
    /// Whether a side is a foreign report, which may have no more than a figure.
    let isImported: Bool

    init(policy: BaselinePolicy, head: BenchmarkResult, baseline: BenchmarkResult, gatedCount: Int) {
        self.policy = policy
        self.head = head
        self.baseline = baseline
        failLevel = policy.plan.failLevel / Double(max(1, gatedCount))
        passLevel = policy.plan.passLevel / Double(max(1, gatedCount))
        isImported = [head, baseline].contains { $0.provenance?.importedFrom != nil }
    }

    func noise(of metric: String) -> SessionNoise {
        SessionNoise(of: metric, head: head, baseline: baseline, usual: policy.usualDeviation)
    }

    func channel(of series: MetricSeries) -> Comparison.Channel {
        guard series.kind == .deterministic else { return .sampled }
        return series.metric == "leaks" ? .leak : .counter
    }

    func line(
        _ series: MetricSeries, metric: String? = nil, _ verdict: GateResult.Verdict, isGated: Bool? = nil,
        _ reason: String
    ) -> Comparison {
        Comparison(
            id: series.id.text, metric: metric ?? series.metric, unit: series.unit, channel: channel(of: series),
            verdict: verdict, isGated: isGated ?? policy.isGated(series), reason: reason)
    }

    /// What is known of a shift that is positive for worse: logarithms of a ratio.
    struct Shift {
        var estimate: Double
        /// From the values alone, by the level of a bound.
        var lowerBound: (Double) -> Double
        var upperBound: (Double) -> Double
    }

    /// The verdict on a shift, with the noise between sessions added to its bounds.
    ///
    /// Independent distances add up as squares. Source: G. Y. Zou, A. Donner, "Construction of Confidence Limits about
    /// Effect Measures: A General Approach", Statistics in Medicine 27 (2008) 1693-1702.
    func judge(_ shift: Shift, of series: MetricSeries, into line: inout Comparison) {
        let noise = noise(of: series.metric)
        let (failMargin, passMargin) = (noise.margin(level: failLevel), noise.margin(level: passLevel))
        func upper(_ level: Double, _ margin: Double) -> Double {
            shift.estimate + hypot(shift.upperBound(level) - shift.estimate, margin)
        }
        let (tolerance, effect) = policy.plan.limits(on: .ratio)
        let low = shift.estimate - hypot(shift.estimate - shift.lowerBound(failLevel), failMargin)
        let (high, highest) = (upper(passLevel, passMargin), upper(failLevel, failMargin))
        let sign: Double = series.polarity == .lowerIsBetter ? 1 : -1
        line.effectRatio = Self.finite(exp(sign * shift.estimate))
        let ends = [Self.finite(exp(sign * low)), Self.finite(exp(sign * high))].compactMap { $0 }.sorted()
        if low.isFinite, high.isFinite, ends.count == 2 { line.interval = ends[0]...ends[1] }
        line.isImproved = highest < -tolerance
        let error = (highest - low) / 2 / NormalDistribution.criticalValue(twoSided: 2 * failLevel)
        let change = tolerance + error * GatePlan.deviations(level: failLevel, power: 0.95)
        line.detectableRatio = Self.finite(exp(change))
        if low > tolerance {
            (line.verdict, line.reason) = (.fail, "worse by more than \(PercentText.of(policy.plan.tolerance)), surely")
        } else if high < effect {
            line.verdict = .pass
            line.reason =
                line.isImproved
                ? "better by more than \(PercentText.of(policy.plan.tolerance)), surely"
                : "not worse by \(PercentText.of(policy.plan.effect)) or more, surely"
        } else {
            line.verdict = .inconclusive
            line.reason =
                low.isFinite && high.isFinite
                ? "the noise within and between two sessions is too large to tell" : "too few values to tell"
        }
    }

    static func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
}
