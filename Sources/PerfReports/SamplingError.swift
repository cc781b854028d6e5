import PerfProfiles
import PerfStatistics

/// How far a share may be off because it comes from a finite number of samples.
package struct SamplingError: Sendable {
    private let tally: WeightTally?

    /// Nothing is known about profiles that do not count their samples, nor about differences of two.
    package init(of view: ProfileView) {
        // Waits are not sampled: every one is counted for as long as it was.
        guard view.sampleCount != nil, view.sampleType.type != "off_cpu" else {
            tally = nil
            return
        }
        var tally = WeightTally()
        for weight in view.weights {
            guard weight.value >= 0 else {
                self.tally = nil
                return
            }
            tally.add(weight: Double(weight.value), count: weight.sampleCount)
        }
        self.tally = tally.effectiveCount > 0 ? tally : nil
    }

    /// The 95% interval of the share that `value` has in the view's total; nil when nothing is known.
    package func interval(of value: Int64) -> ClosedRange<Double>? {
        guard let tally, value >= 0 else { return nil }
        let estimate = ShareEstimate(weight: Double(value), of: tally)
        return estimate.low...estimate.high
    }

    /// The larger distance from the share to an end of its interval, in percentage points.
    package func points(of value: Int64) -> Double? {
        guard let tally, value >= 0 else { return nil }
        let estimate = ShareEstimate(weight: Double(value), of: tally)
        return max(estimate.share - estimate.low, estimate.high - estimate.share) * 100
    }

    /// How many samples of equal weight would say as much; nil when nothing is known.
    package var effectiveCount: Double? { tally?.effectiveCount }
}
