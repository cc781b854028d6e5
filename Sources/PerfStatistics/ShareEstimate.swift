/// A share of samples and how far chance alone may have moved it.
///
/// The interval is Wilson's score interval: unlike the textbook one it stays inside 0...1 and holds for small counts
/// and for shares near 0 or 1, where most functions of a profile are.
/// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927) 209-212;
/// recommended by L. D. Brown, T. T. Cai, A. DasGupta, "Interval Estimation for a Binomial Proportion", Statistical
/// Science 16 (2001) 101-133.
package struct ShareEstimate: Hashable, Sendable {
    /// In 0...1.
    package var share: Double
    /// Lower end of the 95% interval, in 0...1.
    package var low: Double
    /// Upper end of the 95% interval, in 0...1.
    package var high: Double

    /// The 97.5th percentile of the standard normal distribution: 95% lie within it on both sides.
    private static let z = 1.959963984540054

    /// The estimate from independent samples of equal weight.
    ///
    /// - Parameters:
    ///   - count: samples that have the property; in 0...total.
    ///   - total: all samples; with none, nothing is known and the interval is 0...1.
    package init(count: Int64, of total: Int64) {
        self.init(share: total > 0 ? Double(count) / Double(total) : 0, effectiveCount: Double(total))
    }

    /// The estimate from weighted samples, as of blocked time or allocated bytes.
    ///
    /// Few heavy samples say less than many light ones. Kish's effective sample size, (Σw)²/Σw², takes the place of
    /// the count. Source: L. Kish, "Survey Sampling" (1965), section 11.7.
    ///
    /// - Parameters:
    ///   - part: weight of the samples that have the property.
    ///   - whole: all samples.
    package init(weight part: Double, of whole: WeightTally) {
        self.init(share: whole.sum > 0 ? part / whole.sum : 0, effectiveCount: whole.effectiveCount)
    }

    private init(share: Double, effectiveCount n: Double) {
        guard n > 0, share.isFinite, n.isFinite else {
            self.share = 0
            low = 0
            high = 1
            return
        }
        let p = min(max(share, 0), 1)
        let square = Self.z * Self.z
        let center = (p + square / (2 * n)) / (1 + square / n)
        let margin = Self.z / (1 + square / n) * (p * (1 - p) / n + square / (4 * n * n)).squareRoot()
        self.share = p
        // At the ends the formula is exact, its floating-point value is not.
        low = p == 0 ? 0 : max(0, min(p, center - margin))
        high = p == 1 ? 1 : min(1, max(p, center + margin))
    }
}
