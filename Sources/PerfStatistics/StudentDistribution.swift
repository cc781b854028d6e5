/// Student's t: the normal distribution where the standard deviation itself is an estimate.
package enum StudentDistribution {
    /// How likely a value at least this far from zero is, on either side.
    ///
    /// Source: the incomplete beta function I_x(n/2, 1/2) with x = n/(n+t²); M. Abramowitz, I. Stegun, "Handbook of
    /// Mathematical Functions" (1964), 26.7.1.
    ///
    /// - Parameters:
    ///   - t: in standard deviations.
    ///   - degreesOfFreedom: positive; the normal distribution where infinite.
    /// - Returns: in 0...1.
    package static func twoSidedProbability(of t: Double, degreesOfFreedom: Double) -> Double {
        guard !t.isNaN, degreesOfFreedom > 0 else { return 1 }
        guard degreesOfFreedom < normalAbove else { return NormalDistribution.twoSidedProbability(of: t) }
        guard t.isFinite else { return 0 }
        return IncompleteBeta.value(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
    }

    /// The distance from zero that is exceeded, on either side, with a given probability.
    ///
    /// - Parameters:
    ///   - probability: of a value beyond it on either side, in 0...1.
    ///   - degreesOfFreedom: positive; the normal distribution where infinite.
    /// - Returns: 2.31 for 0.05 and 8 degrees of freedom.
    package static func criticalValue(twoSided probability: Double, degreesOfFreedom: Double) -> Double {
        guard degreesOfFreedom < normalAbove else { return NormalDistribution.criticalValue(twoSided: probability) }
        guard probability < 1 else { return 0 }
        var (low, high) = (0.0, 1.0)
        while high < 1e12, twoSidedProbability(of: high, degreesOfFreedom: degreesOfFreedom) > probability { high *= 2 }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if twoSidedProbability(of: middle, degreesOfFreedom: degreesOfFreedom) > probability {
                low = middle
            } else {
                high = middle
            }
        }
        return (low + high) / 2
    }

    /// Beyond this many degrees of freedom the two distributions differ by less than what is decided by them.
    private static let normalAbove = 1e5
}
