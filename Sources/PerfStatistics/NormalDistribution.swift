import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// How likely a value at least this far from zero is, on either side.
    package static func twoSidedProbability(of z: Double) -> Double {
        z.isNaN ? 1 : erfc(abs(z) / 2.0.squareRoot())
    }

    /// The distance from zero that is exceeded, on either side, with a given probability.
    ///
    /// - Parameter probability: 0.05 gives 1.96; 1 and more give 0, values too small to tell from zero give 38.
    package static func criticalValue(twoSided probability: Double) -> Double {
        guard probability < 1 else { return 0 }
        // Halving the range 60 times ends at the resolution of the type; this is called a few times for a report.
        var (low, high) = (0.0, 38.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if twoSidedProbability(of: middle) > probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
