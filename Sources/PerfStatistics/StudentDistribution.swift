import Glibc

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
        return incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
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

    /// I_x(a, b), by its continued fraction (26.5.8), which converges quickly left of the mean.
    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        // Lentz's method: the fraction's value as a product of ratios.
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var value = d
        for m in 1...300 {
            let m = Double(m)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            var factor = 1.0
            for numerator in [even, odd] {
                d = 1 + numerator * d
                d = 1 / (abs(d) < tiny ? tiny : d)
                c = 1 + numerator / c
                if abs(c) < tiny { c = tiny }
                factor = d * c
                value *= factor
            }
            if abs(factor - 1) < 1e-14 { break }
        }
        return min(1, max(0, front * value))
    }
}
