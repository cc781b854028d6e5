import Glibc

/// The standard normal distribution.
package enum NormalDistribution {
    /// How likely a value at least this far from zero is, on either side.
    package static func twoSidedProbability(of z: Double) -> Double {
        z.isNaN ? 1 : erfc(abs(z) / 2.0.squareRoot())
    }

    /// The distance from zero that is exceeded, on either side, with a given probability.
    ///
    /// - Parameter probability: of a value beyond it on either side, in 0...1.
    /// - Returns: 1.96 for 0.05; 0 for 1 and more, 38 for what cannot be told from zero.
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
