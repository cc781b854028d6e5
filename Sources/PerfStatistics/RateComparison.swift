import Glibc

/// Two recordings' estimates of one quantity, and whether chance alone explains their difference.
///
/// The quantity is a share of all samples (a binomial proportion) or a rate of samples per second or operation
/// (a Poisson rate). The interval of the difference joins the score intervals of both sides: R. G. Newcombe, "Interval
/// Estimation for the Difference Between Independent Proportions", Statistics in Medicine 17 (1998) 873-890, method 10;
/// G. Y. Zou, A. Donner, "Construction of Confidence Limits about Effect Measures: A General Approach", Statistics in
/// Medicine 27 (2008) 1693-1702, which extends it to rates and, on the logarithm, to ratios. The probability is that of
/// the score test with the variance under equality, and for few samples of the exact conditional test:
/// J. Przyborowski, H. Wilenski, "Homogeneity of Results in Testing Samples from Poisson Series", Biometrika 31 (1940)
/// 313-323.
package struct RateComparison: Hashable, Sendable {
    /// What one recording says.
    package struct Side: Hashable, Sendable {
        /// The quantity itself; a share is in 0...1, a rate is not negative.
        package var value: Double
        /// Samples of equal weight that would say as much about the quantity.
        package var samples: Double
        /// Samples of equal weight for each unit of the quantity; of a share, all samples.
        package var exposure: Double

        package init(value: Double, samples: Double, exposure: Double) {
            self.value = value
            self.samples = samples
            self.exposure = exposure
        }
    }

    package enum Model: Hashable, Sendable {
        case share, rate
    }

    /// How far recordings of one program differ beyond what independent samples would.
    package struct Noise: Hashable, Sendable {
        /// Variance of a count as a multiple of the variance that independent samples have.
        package var dispersion: Double
        /// Standard deviation from run to run as a ratio of the value; of a share, of its odds.
        package var runToRun: Double
        /// How well both are known: those of the estimate that they come from, infinite where they are certain.
        package var degreesOfFreedom: Double

        package init(dispersion: Double = 1, runToRun: Double = 0, degreesOfFreedom: Double = .infinity) {
            self.dispersion = dispersion
            self.runToRun = runToRun
            self.degreesOfFreedom = degreesOfFreedom
        }

        /// The noise with a variance that is so many times as large.
        package func scaled(by factor: Double, degreesOfFreedom: Double) -> Noise {
            Noise(
                dispersion: dispersion * factor, runToRun: runToRun * factor.squareRoot(),
                degreesOfFreedom: degreesOfFreedom)
        }
    }

    package let before: Side
    package let after: Side
    package let model: Model
    package let noise: Noise

    package init(before: Side, after: Side, model: Model, noise: Noise = Noise()) {
        self.before = before
        self.after = after
        self.model = model
        self.noise = noise
    }

    package var difference: Double { after.value - before.value }

    /// Standard deviation of the difference if nothing has changed.
    package var standardError: Double {
        let exposure = before.exposure + after.exposure
        guard exposure > 0 else { return .infinity }
        let pooled = (before.value * before.exposure + after.value * after.exposure) / exposure
        let reciprocal = 1 / before.exposure + 1 / after.exposure
        switch model {
        case .share:
            let spread = pooled * (1 - pooled)
            let wander = noise.runToRun * spread
            return (max(spread, 0) * noise.dispersion * reciprocal + 2 * wander * wander).squareRoot()
        case .rate:
            let wander = noise.runToRun * pooled
            return (pooled * noise.dispersion * reciprocal + 2 * wander * wander).squareRoot()
        }
    }

    /// How likely a difference at least this large is if nothing has changed; in 0...1.
    package var probability: Double {
        guard difference != 0 else { return 1 }
        let error = standardError
        guard error.isFinite, error > 0 else { return error == 0 ? 0 : 1 }
        let approximate = StudentDistribution.twoSidedProbability(
            of: difference / error, degreesOfFreedom: noise.degreesOfFreedom)
        let count = before.samples + after.samples
        guard count < Self.exactBelow else { return approximate }
        return max(approximate, exactProbability)
    }

    /// The score test claims too much below about this many samples.
    private static let exactBelow = 60.0

    /// Given their sum, the samples of one side are binomial; twice the smaller tail.
    private var exactProbability: Double {
        let dispersion = max(noise.dispersion, 1)
        let left = (before.samples / dispersion).rounded()
        let right = (after.samples / dispersion).rounded()
        let share = after.exposure / (before.exposure + after.exposure)
        guard share > 0, share < 1 else { return 1 }
        let count = left + right
        func mass(_ k: Double) -> Double {
            exp(
                lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) + k * log(share)
                    + (count - k) * log1p(-share))
        }
        var (low, high) = (0.0, 0.0)
        var k = 0.0
        while k <= count {
            if k <= right { low += mass(k) }
            if k >= right { high += mass(k) }
            k += 1
        }
        return min(1, 2 * min(low, high))
    }

    /// The interval of the difference.
    ///
    /// - Parameter z: half its width in standard deviations, were the noise certain; 1.96 for 95%.
    /// - Returns: in the unit of the quantity; it holds the difference itself.
    package func differenceInterval(z: Double) -> ClosedRange<Double> {
        let z = width(z)
        let (left, right) = (interval(of: before, z: z), interval(of: after, z: z))
        let (b, a) = (before.value, after.value)
        let down = square(a - right.lowerBound) + square(left.upperBound - b)
        let up = square(right.upperBound - a) + square(b - left.lowerBound)
        return (difference - down.squareRoot())...(difference + up.squareRoot())
    }

    /// The interval of after divided by before; its upper end is infinite where before may be zero.
    ///
    /// - Parameter z: half its width in standard deviations, were the noise certain; 1.96 for 95%.
    /// - Returns: not negative; 0 to infinity where nothing was seen on either side.
    package func ratioInterval(z: Double) -> ClosedRange<Double> {
        let z = width(z)
        let (left, right) = (interval(of: before, z: z), interval(of: after, z: z))
        let (b, a) = (before.value, after.value)
        guard b > 0 || a > 0 else { return 0...(.infinity) }
        func logarithmicDistance(_ from: Double, _ to: Double) -> Double {
            from > 0 && to > 0 ? square(log(to / from)) : .infinity
        }
        var (low, high) = (0.0, Double.infinity)
        if a > 0 {
            // Nothing was seen before: what may have been there bounds the ratio from below.
            let base = b > 0 ? a / b : a / left.upperBound
            let down =
                logarithmicDistance(right.lowerBound, a) + (b > 0 ? logarithmicDistance(b, left.upperBound) : 0)
            low = base * exp(-down.squareRoot())
        }
        if b > 0, left.lowerBound > 0 {
            let base = a > 0 ? a / b : right.upperBound / b
            let up = (a > 0 ? logarithmicDistance(a, right.upperBound) : 0) + logarithmicDistance(left.lowerBound, b)
            high = base * exp(up.squareRoot())
        }
        return low.isFinite && low <= high ? low...high : 0...high
    }

    /// The score interval of one side: Wilson's for a share, its like for a Poisson rate.
    private func interval(of side: Side, z: Double) -> ClosedRange<Double> {
        guard side.exposure > 0 else { return 0...(model == .share ? 1 : .infinity) }
        let square = z * z
        let wander = noise.runToRun * noise.runToRun
        switch model {
        case .share:
            let p = min(max(side.value, 0), 1)
            let n = 1 / (noise.dispersion / side.exposure + wander * p * (1 - p))
            guard n.isFinite else { return p...p }
            let center = (p + square / (2 * n)) / (1 + square / n)
            let margin = z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
            return max(0, min(p, center - margin))...min(1, max(p, center + margin))
        case .rate:
            let value = max(side.value, 0)
            // Few heavy samples say less than their sum: what counts is how many they are.
            let seen = max(side.samples, 0)
            guard value > 0, seen > 0 else { return 0...(square * noise.dispersion / side.exposure) }
            let count = 1 / (noise.dispersion / seen + wander)
            guard count.isFinite else { return value...value }
            let unit = value / count
            let center = count + square / 2
            let margin = z * (count + square / 4).squareRoot()
            return max(0, min(count, center - margin)) * unit...(center + margin) * unit
        }
    }

    /// What is as likely to be exceeded as a normal deviate, where the noise itself is an estimate.
    private func width(_ z: Double) -> Double {
        guard noise.degreesOfFreedom.isFinite else { return z }
        return StudentDistribution.criticalValue(
            twoSided: NormalDistribution.twoSidedProbability(of: z), degreesOfFreedom: noise.degreesOfFreedom)
    }

    private func square(_ value: Double) -> Double { value * value }
}
