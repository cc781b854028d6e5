import PerfModel

/// Judges a number of histograms, of each label set and of all of them together.
struct MetricsLatencyJudge {
    let observation: MetricsObservation
    let threshold: CheckThreshold
    /// `"p95"`, `"mean"`.
    let name: String
    /// What is observed: `"HTTP requests"`.
    let noun: String
    let remedies: [Remedy]
    /// What one of the threshold's unit is in that of the metric.
    var unit = 1.0
    /// In the unit of the threshold.
    let measure: (HistogramCounts) -> HistogramCounts.Quantile

    /// Findings of one check, the worst label sets first.
    private static let mostFindings = 5

    private struct Row {
        var labels: MetricLabels
        var value: HistogramCounts.Quantile
        var counts: HistogramCounts
        var isAll: Bool
    }

    /// - Parameters:
    ///   - wanted: the histogram.
    ///   - check: whose findings they are.
    /// - Returns: a finding for each label set that is too slow, or why there is none.
    func outcome<Question: ServerCheck>(of wanted: MetricsSelection.Wanted, as check: Question.Type) -> CheckOutcome {
        let found = observation.family(wanted)
        guard let family = found.value, let all = family.all else { return Question.unmeasured(found) }
        var rows = family.sets.map {
            Row(labels: $0.labels, value: measure($0.counts), counts: $0.counts, isAll: false)
        }
        if rows.count > 1 { rows.append(Row(labels: MetricLabels(), value: measure(all), counts: all, isAll: true)) }
        let known = rows.filter { $0.value.least != nil }
        guard let whole = known.last else {
            return .unmeasured(
                reason: "\(MetricsWords.count(all.total)) observations of \(wanted.name) are too few for a \(name)",
                remedy: "ask for longer, or while it is used: -d 60")
        }
        var bad = known.filter { threshold.severity(of: $0.value.least ?? 0) != nil }
        // All together are told where no label set is by itself.
        if bad.count > 1 { bad.removeAll(where: \.isAll) }
        bad.sort { ($0.value.least ?? 0, $0.counts.total) > ($1.value.least ?? 0, $1.counts.total) }
        guard !bad.isEmpty else {
            if let blind = known.first(where: { if case .above = $0.value { true } else { false } }),
                case .above(let bound) = blind.value
            {
                return .unmeasured(
                    reason: "the \(name) of \(wanted.name)\(blind.labels.text) is in the bucket of +Inf: "
                        + "> \(family.text(bound * unit)), and nobody knows how much",
                    remedy: "give it a bucket at \(family.text(threshold.warning * unit)), and above")
            }
            return .healthy(evidence(whole))
        }
        return .findings(
            bad.prefix(Self.mostFindings).enumerated().map { index, row in
                let more =
                    bad.count > Self.mostFindings && index == Self.mostFindings - 1
                    ? "; \(bad.count - Self.mostFindings) more label sets are as slow" : ""
                return Question.finding(
                    row.value.least ?? 0, name, threshold: threshold,
                    subject: "\(observation.address) \(wanted.name)\(row.labels.text)",
                    evidence: Array(evidence(row).dropFirst()),
                    summary: "\(noun)\(row.labels.text.isEmpty ? "" : " \(row.labels.text)") take "
                        + "\(MetricsWords.text(row.value.scaled(by: unit), of: wanted.name)) (\(name) of "
                        + "\(MetricsWords.count(row.counts.total)))\(more)",
                    remedies: remedies)
            })
    }

    private func evidence(_ row: Row) -> [Evidence] {
        var evidence = [Evidence(name, row.value.least ?? 0, threshold.unit)]
        for ratio in [0.5, 0.95, 0.99] where MetricsWords.name(of: ratio) != name {
            guard case .value(let value) = row.counts.quantile(ratio) else { continue }
            evidence.append(Evidence(MetricsWords.name(of: ratio), value, threshold.unit))
        }
        if name != "mean", let mean = row.counts.mean { evidence.append(Evidence("mean", mean, threshold.unit)) }
        evidence.append(Evidence("observations", row.counts.total, "count"))
        if observation.seconds > 0 {
            evidence.append(Evidence("per_second", row.counts.total / observation.seconds, "per_second"))
        }
        return evidence
    }
}
