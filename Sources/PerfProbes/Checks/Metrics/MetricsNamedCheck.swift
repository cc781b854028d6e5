import PerfModel

/// Histograms that the URL names, and whether they meet the limits that it gives.
package enum MetricsNamedCheck: ServerCheck {
    package static let id = "app.histogram"
    package static let resource = Resource.network
    package static let explanation = "Do the histograms that the URL names meet the limits that it gives?"
    package static let source = "Δ of the histogram between scrapes, per label set: its quantile / the limit"
    package static let trap = "a quantile in the bucket of +Inf may be far above the last bound"
    package static let threshold = CheckThreshold(1, unit: "ratio", origin: "the URL: #NAME=p95:300ms")

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        var (findings, evidence): ([Finding], [Evidence]) = ([], [])
        for wanted in observation.selection.wanted where wanted.isAsked {
            guard let limit = wanted.limit else {
                let found = observation.family(wanted)
                guard let all = found.value?.all else { return unmeasured(found) }
                evidence.append(Evidence("\(wanted.name)_observations", all.total, "count"))
                continue
            }
            let name = MetricsWords.name(of: limit.quantile)
            // Limits are in seconds where the metric counts time.
            let scale = MetricsWords.seconds(of: wanted.name) ?? 1
            let outcome = MetricsLatencyJudge(
                observation: observation, threshold: threshold, name: name, noun: wanted.name,
                remedies: [
                    Remedy("see what it waits for: perfdoctor diagnose -p PID, with the URLs of its servers")
                ],
                unit: limit.value / scale, measure: { $0.quantile(limit.quantile).scaled(by: scale / limit.value) }
            ).outcome(of: wanted, as: self)
            switch outcome {
            case .findings(let found): findings += found
            case .healthy(let found): evidence += found.prefix(1)
            case .unmeasured: return outcome
            }
        }
        return findings.isEmpty ? .healthy(evidence) : .findings(findings)
    }
}
