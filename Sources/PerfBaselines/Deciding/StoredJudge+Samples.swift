import Glibc
import PerfStatistics

extension StoredJudge {
    /// Values that differ from run to run, without pairs and from another time.
    func samples(_ head: MetricSeries, _ baseline: MetricSeries) -> Comparison {
        let (new, old) = (head.values, baseline.values)
        guard (new + old).allSatisfy(\.isFinite) else { return line(head, .invalid, "a value is no number") }
        guard (new + old).allSatisfy({ $0 >= 0 }) else {
            return line(head, .invalid, "a value is below zero, and of such values there is no ratio")
        }
        var line = line(head, .inconclusive, "")
        line.baseline = old.isEmpty ? nil : PairedDifferences.median(old)
        line.head = new.isEmpty ? nil : PairedDifferences.median(new)
        line.count = new.count
        if let base = line.baseline, let now = line.head, base > 0 { line.effectRatio = Self.finite(now / base) }
        guard head.samples.count > 1, baseline.samples.count > 1 else {
            line.reason = "a single figure says nothing of its noise: only objectives are judged by it"
            if isImported { line.isGated = false }
            return line
        }
        guard let base = line.baseline, base > 0 || (new + old).allSatisfy({ $0 == 0 }) else {
            line.reason = "the baseline is zero, and of that there is no ratio"
            return line
        }
        guard base > 0 else {
            (line.verdict, line.reason) = (.pass, "it is zero, as in the baseline")
            return line
        }
        // Ratios to the baseline's typical value; logarithms where there is no zero.
        let isPositive = (new + old).allSatisfy { $0 > 0 }
        let sign: Double = head.polarity == .lowerIsBetter ? 1 : -1
        func scaled(_ value: Double) -> Double {
            isPositive ? sign * (log(value) - log(base)) : max(-1e300, min(1e300, sign * (value / base - 1)))
        }
        guard let ranks = RankSumEstimate(before: old.map(scaled), after: new.map(scaled)) else { return line }
        // A ratio of a difference as the logarithm of that ratio; all of it lost is minus infinity.
        func logarithm(_ value: Double) -> Double {
            guard !isPositive else { return value }
            return sign * log1p(max(-1, sign * value))
        }
        let shift = Shift(
            estimate: logarithm(ranks.estimate), lowerBound: { logarithm(ranks.lowerBound(level: $0)) },
            upperBound: { logarithm(ranks.upperBound(level: $0)) })
        guard shift.estimate.isFinite else {
            line.reason = "of values that became zero there is no ratio"
            return line
        }
        judge(shift, of: head, into: &line)
        return line
    }
}
