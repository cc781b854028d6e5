import Glibc

/// The regularized incomplete beta function, which the binomial distribution and Student's t are made of.
package enum IncompleteBeta {
    /// I_x(a, b): how likely a value below x is under the beta distribution.
    ///
    /// By its continued fraction, which converges quickly left of the mean. Source: M. Abramowitz, I. Stegun,
    /// "Handbook of Mathematical Functions" (1964), 26.5.8.
    ///
    /// - Parameters:
    ///   - x: in 0...1.
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: in 0...1.
    /// - Complexity: grows with the root of the larger parameter.
    package static func value(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - value(1 - x, b, a) }
        let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
        // Lentz's method: the fraction's value as a product of ratios.
        let tiny = 1e-300
        var c = 1.0
        var d = 1 - (a + b) * x / (a + 1)
        d = 1 / (abs(d) < tiny ? tiny : d)
        var value = d
        for m in 1...(300 + 5 * Int(min(max(a, b), 1e12).squareRoot())) {
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

    /// The x below which a value lies with a given probability.
    ///
    /// - Parameters:
    ///   - probability: in 0...1.
    ///   - a: positive.
    ///   - b: positive.
    /// - Returns: in 0...1.
    package static func quantile(_ probability: Double, _ a: Double, _ b: Double) -> Double {
        guard probability > 0 else { return 0 }
        guard probability < 1 else { return 1 }
        var (low, high) = (0.0, 1.0)
        // Ends where the type does: near zero that takes more halvings than its 52 binary digits.
        for _ in 0..<200 {
            let middle = (low + high) / 2
            guard middle > low, middle < high else { break }
            if value(middle, a, b) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
