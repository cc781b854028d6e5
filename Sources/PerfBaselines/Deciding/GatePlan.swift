import Glibc
import PerfStatistics

/// What a gate calls a change, how often it may be wrong, and after how many pairs it looks.
///
/// The chances of error are shared out among the looks, and among the metrics that gate (Bonferroni), so that they hold
/// for the gate as a whole however often it looked and whatever depends on what.
package struct GatePlan: Hashable, Sendable {
    /// Worse by up to this ratio is no regression: 0.01 for 1%.
    package let tolerance: Double
    /// Worse by this ratio must be found: 0.05 for 5%; larger than the tolerance.
    package let effect: Double
    /// Numbers of pairs at which it is decided, rising; the last one is the cap.
    package let looks: [Int]
    /// How likely a gate without a change may fail.
    package let failLevel: Double
    /// How likely a gate with a change of the effect may pass.
    package let passLevel: Double
    /// Metrics that gate.
    package let gatedCount: Int

    /// - Throws: what no gate can be made of.
    package init(
        tolerance: Double = 0.01, effect: Double = 0.05, looks: [Int] = [15, 30, 60, 120, 200],
        failLevel: Double = 0.01, passLevel: Double = 0.05, gatedCount: Int = 1
    ) throws(GatePlanError) {
        guard tolerance.isFinite, effect.isFinite, tolerance >= 0, effect > tolerance else {
            throw .effect(tolerance: tolerance, effect: effect)
        }
        guard let first = looks.first, first > 0, zip(looks, looks.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .looks(looks)
        }
        for level in [failLevel, passLevel] where !(level > 0 && level < 0.5) { throw .level(level) }
        guard gatedCount > 0 else { throw .gatedCount(gatedCount) }
        self.init(
            checkedTolerance: tolerance, effect: effect, looks: looks, failLevel: failLevel, passLevel: passLevel,
            gatedCount: gatedCount)
    }

    /// The usual plan: 1% is nothing, 5% is found, at 15, 30, 60, 120 or 200 pairs.
    ///
    /// - Parameter gatedCount: metrics that gate; less than one counts as one.
    /// - Returns: the plan.
    package static func standard(gatedCount: Int = 1) -> GatePlan {
        GatePlan(
            checkedTolerance: 0.01, effect: 0.05, looks: [15, 30, 60, 120, 200], failLevel: 0.01, passLevel: 0.05,
            gatedCount: max(1, gatedCount))
    }

    private init(
        checkedTolerance: Double, effect: Double, looks: [Int], failLevel: Double, passLevel: Double, gatedCount: Int
    ) {
        tolerance = checkedTolerance
        self.effect = effect
        self.looks = looks
        self.failLevel = failLevel
        self.passLevel = passLevel
        self.gatedCount = gatedCount
    }

    /// Of one look at one metric.
    package var failLevelOfLook: Double { failLevel / Double(gatedCount) / Double(looks.count) }

    /// Of one look at one metric.
    package var passLevelOfLook: Double { passLevel / Double(gatedCount) / Double(looks.count) }

    /// Values of which the smallest can be surely above something, at one look: with fewer nothing fails or passes.
    package var fewestValues: Int { Int((-log2(failLevelOfLook)).rounded(.up)) }

    package var cap: Int { looks[looks.count - 1] }

    /// Worse by the tolerance and by the effect, as logarithms of a ratio or as ratios of a difference.
    func limits(on scale: PairedDifferences.Scale) -> (tolerance: Double, effect: Double) {
        scale == .ratio ? (log1p(tolerance), log1p(effect)) : (tolerance, effect)
    }

    /// Pairs after which a change of the effect is mostly found, from the noise of a few.
    ///
    /// The sample size of a normal mean, by the signed-rank test's efficiency of 3/π. Source: G. E. Noether, "Sample Size
    /// Determination for Some Common Nonparametric Tests", JASA 82 (1987) 645-647.
    ///
    /// - Parameters:
    ///   - deviation: standard deviation of the logarithm of a pair's ratio.
    ///   - power: how likely it shall be found.
    /// - Returns: a number of pairs, not rounded.
    package func expectedPairs(deviation: Double, power: Double = 0.95) -> Double {
        let z = Self.deviations(level: failLevelOfLook, power: power)
        let width = log1p(effect) - log1p(tolerance)
        let ratio = z * deviation / width
        return ratio * ratio / Self.efficiency
    }

    /// Standard errors between what is bounded with a level and what is found with a power.
    static func deviations(level: Double, power: Double) -> Double {
        NormalDistribution.criticalValue(twoSided: 2 * level)
            + NormalDistribution.criticalValue(twoSided: 2 * (1 - power))
    }

    private static let efficiency = 3 / Double.pi
}
