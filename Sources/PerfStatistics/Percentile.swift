/// Percentiles of a set of values.
package enum Percentile {
    /// The value below which a ratio of the values lies, interpolated between its neighbours.
    ///
    /// The definition is number 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
    /// Statistician 50 (1996) 361-365, which NumPy and R use.
    ///
    /// - Parameters:
    ///   - ratio: in 0...1; 0.5 is the median.
    ///   - sorted: the values, in ascending order, without NaN.
    /// - Returns: nil when there are no values or the ratio is out of range.
    package static func value(at ratio: Double, ofSorted sorted: [Double]) -> Double? {
        guard let last = sorted.last, ratio >= 0, ratio <= 1 else { return nil }
        let position = ratio * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return last }
        let fraction = position - Double(index)
        return sorted[index] + fraction * (sorted[index + 1] - sorted[index])
    }
}
