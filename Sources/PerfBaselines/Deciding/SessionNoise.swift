import PerfStatistics

/// How far two sessions of one program differ by themselves, as the logarithm of a ratio.
///
/// Runs of one session are alike in ways that the next one is not (neighbours, placement, temperature): the interval of
/// their values says nothing of that, however many they are.
struct SessionNoise: Sendable {
    private(set) var deviation: Double
    private var degreesOfFreedom: Double
    /// Whether nothing measured it.
    private(set) var isAssumed: Bool

    /// The larger one of what both results measured with two arms of one program; else the usual.
    ///
    /// What they measured is of CPU time. Other metrics have more noise, mostly, and are not trusted to have less than
    /// the usual.
    init(of metric: String, head: BenchmarkResult, baseline: BenchmarkResult, usual: Double) {
        (deviation, degreesOfFreedom, isAssumed) = (usual, .infinity, true)
        for noise in [head.noise, baseline.noise] {
            // A deviation of fewer runs says next to nothing.
            guard let noise, let measured = noise.deviation, measured.isFinite, measured >= 0, noise.runs >= 5 else {
                continue
            }
            guard measured > deviation || (isAssumed && metric == "cpu_time") else { continue }
            (deviation, degreesOfFreedom, isAssumed) = (measured, Double(noise.runs - 1), false)
        }
    }

    /// How far a session may be off, but for a probability of `level`.
    func margin(level: Double) -> Double {
        deviation * StudentDistribution.criticalValue(twoSided: 2 * level, degreesOfFreedom: degreesOfFreedom)
    }
}
