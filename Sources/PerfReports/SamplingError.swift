import PerfStatistics

/// How far a share of samples may be off because it comes from a finite number of them.
package enum SamplingError {
    /// The 95% Wilson score interval of `part` out of `whole`; nil without samples.
    package static func interval(_ part: Int64, of whole: Int64?) -> ClosedRange<Double>? {
        guard let whole, whole > 0, part >= 0, part <= whole else { return nil }
        let (n, p, z) = (Double(whole), Double(part) / Double(whole), 1.959_963_984_540_054)
        let center = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, center - half)...min(1, center + half)
    }

    /// The larger distance from the share to an end of its interval, in percentage points.
    package static func points(_ part: Int64, of whole: Int64?) -> Double? {
        guard let whole, let interval = interval(part, of: whole) else { return nil }
        let share = Double(part) / Double(whole)
        return max(share - interval.lowerBound, interval.upperBound - share) * 100
    }
}
