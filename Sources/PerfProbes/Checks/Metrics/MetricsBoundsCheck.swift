import PerfModel

/// Whether limits are bounds of buckets: else who met them is a guess.
package enum MetricsBoundsCheck: ServerCheck {
    package static let id = "app.bounds"
    package static let resource = Resource.network
    package static let explanation = "Is each latency limit a bucket bound of its histogram?"
    package static let source = "le of the histogram's buckets"
    package static let trap = "histogram_quantile is linear within a bucket: its error is as wide as the bucket"
    package static let threshold = CheckThreshold(0.5, unit: "seconds", origin: "guide B: P95 < 500 ms")

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let last = observation.last else { return unmeasured(observation.isComparable) }
        var (findings, isAnySeen): ([Finding], Bool) = ([], false)
        for wanted in observation.selection.wanted {
            let guides = wanted.role == .http ? threshold.warning : nil
            guard let limit = wanted.limit?.value ?? guides, let sets = last.histograms[wanted.name] else { continue }
            let own = limit / (MetricsWords.seconds(of: wanted.name) ?? 1)
            isAnySeen = true
            guard let gap = sets.values.lazy.compactMap({ $0.gap(around: own) }).first else { continue }
            let (text, lower) = (MetricsWords.text(own, of: wanted.name), MetricsWords.text(gap.lower, of: wanted.name))
            let between = gap.upper.map { "it is between \(lower) and \(MetricsWords.text($0, of: wanted.name))" }
            findings.append(
                finding(
                    limit, "limit", threshold: threshold, severity: .warning,
                    subject: "\(observation.address) \(wanted.name)",
                    evidence: [Evidence("lower_bound", gap.lower, threshold.unit)]
                        + (gap.upper.map { [Evidence("upper_bound", $0, threshold.unit)] } ?? []),
                    summary: "the limit of \(text) is no bucket bound of \(wanted.name): "
                        + "\(between ?? "all bounds are below, the last one \(lower)"); how many met it is a guess",
                    remedies: [
                        Remedy(
                            "give the histogram a bucket at \(text)",
                            source: wanted.role == .http ? "guide B has 0.5 and 1" : nil)
                    ]))
        }
        guard isAnySeen else {
            return .unmeasured(reason: "the service has no histogram with a limit", remedy: nil)
        }
        return findings.isEmpty ? .healthy([]) : .findings(findings)
    }
}
