import PerfStatistics

/// How values of both sides become comparable.
struct ComparisonScale {
    /// Whether values are shares of the total instead of multiples of `factors`.
    var isShare: Bool
    /// What the sum of a side's recordings is multiplied by.
    var factors: (before: Double, after: Double)
    /// What each recording is multiplied by, those before first; of shares, not used.
    var runFactors: [Double]
    var runCounts: (before: Int, after: Int)
    /// From run to run: what is common to all functions of a run.
    var noise: RateComparison.Noise
    /// Correlation between the samples of one recording.
    var correlation: Double
    /// How well the noise is known, as degrees of freedom.
    var certainty: Double
    /// Whether the whole is an estimate from samples, too.
    var samplesWhole = true

    init(
        _ normalization: Normalization, noise: RunNoise, before: [Profile], after: [Profile]
    ) throws(ComparisonError) {
        correlation = noise.functions * noise.functions
        certainty = noise.certainty
        runCounts = (before.count, after.count)
        // Each side's mean over its recordings; the comparison takes both to be alike.
        let runs = (1 / Double(max(before.count, 1)) + 1 / Double(max(after.count, 1))) / 2
        self.noise = RateComparison.Noise(runToRun: noise.speed * runs.squareRoot())
        isShare = false
        switch normalization {
        case .total:
            isShare = true
            factors = (1, 1)
            runFactors = []
            self.noise = RateComparison.Noise()
        case .duration:
            guard before.allSatisfy({ $0.duration > 0 }) else { throw .noDuration(isBefore: true) }
            guard after.allSatisfy({ $0.duration > 0 }) else { throw .noDuration(isBefore: false) }
            func seconds(_ profiles: [Profile]) -> Double { profiles.reduce(0) { $0 + Double($1.duration) } / 1e9 }
            factors = (1 / seconds(before), 1 / seconds(after))
            runFactors = (before + after).map { 1e9 / Double($0.duration) }
        case .operations(let first, let second):
            factors = (1 / first / Double(max(before.count, 1)), 1 / second / Double(max(after.count, 1)))
            runFactors = before.map { _ in 1 / first } + after.map { _ in 1 / second }
        }
    }

    /// The same for shares.
    var ofShares: ComparisonScale {
        var scale = self
        scale.isShare = true
        scale.factors = (1, 1)
        scale.runFactors = []
        scale.noise = RateComparison.Noise()
        return scale
    }
}
