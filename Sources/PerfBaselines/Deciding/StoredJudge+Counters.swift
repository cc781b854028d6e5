extension StoredJudge {
    /// Counts that are the same in every run, exactly.
    ///
    /// Where they are not, the verdict has to hold for all of them.
    func counter(_ head: MetricSeries, _ baseline: MetricSeries) -> Comparison {
        let (new, old) = (head.values, baseline.values)
        guard !new.isEmpty, !old.isEmpty else { return line(head, .invalid, "there is no value on both sides") }
        guard (new + old).allSatisfy(\.isFinite) else { return line(head, .invalid, "a value is no number") }
        let sign: Double = head.polarity == .lowerIsBetter ? 1 : -1
        let (base, now) = (PairedDifferences.median(old), PairedDifferences.median(new))
        let tolerance = policy.counterTolerances[head.metric] ?? 0
        let room = tolerance * abs(base)
        // As costs: the larger, the worse.
        let (least, most) = Self.bounds(new.map { sign * $0 })
        let (leastBefore, mostBefore) = Self.bounds(old.map { sign * $0 })
        var line = line(head, .inconclusive, "the counts differ from run to run: they are not the same on either side")
        (line.baseline, line.head, line.count) = (base, now, new.count)
        line.effectRatio = base > 0 ? Self.finite(now / base) : nil
        line.isImproved = most < leastBefore - room
        let allowed = tolerance > 0 ? " by more than \(PercentText.of(tolerance))" : ""
        if least > mostBefore + room {
            (line.verdict, line.reason) = (.fail, "the count is worse\(allowed)")
        } else if most <= mostBefore + room {
            line.verdict = .pass
            line.reason =
                line.isImproved
                ? "the count is better" : now == base ? "the count is the same" : "the count is not worse\(allowed)"
        }
        return line
    }

    private static func bounds(_ values: [Double]) -> (least: Double, most: Double) {
        values.reduce((values[0], values[0])) { (min($0.0, $1), max($0.1, $1)) }
    }
}

extension MetricSeries {
    /// Observations in their order, or the single figure of a foreign report.
    var values: [Double] {
        guard samples.isEmpty else { return samples.map(\.value) }
        return (summary?.median ?? summary?.mean).map { [$0] } ?? []
    }
}
