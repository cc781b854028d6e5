import PerfModel

/// How long calls of language models take by the service's own histogram.
package enum MetricsLLMCheck: ServerCheck {
    package static let id = "app.llm"
    package static let resource = Resource.network
    package static let explanation = "How long do calls of language models take by the service's own histogram?"
    package static let source =
        "Δ of llm_call_duration_seconds between scrapes, per label set: p95, as histogram_quantile"
    package static let trap = "a call that streams is as long as its answer; the first token tells what users wait for"
    package static let threshold = CheckThreshold(10, 30, unit: "seconds", origin: "proposed: the guide's last bounds")

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let wanted = observation.selection.wanted.first(where: { $0.role == .llm }) else {
            return .unmeasured(reason: "it was not asked for", remedy: nil)
        }
        return MetricsLatencyJudge(
            observation: observation, threshold: threshold, name: "p95", noun: "calls of language models",
            remedies: MetricsRemedies.llm, measure: { $0.quantile(0.95) }
        ).outcome(of: wanted, as: self)
    }
}
