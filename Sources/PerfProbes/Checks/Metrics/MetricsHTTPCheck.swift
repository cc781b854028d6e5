import PerfModel

/// How long requests take by the service's own histogram.
package enum MetricsHTTPCheck: ServerCheck {
    package static let id = "app.http"
    package static let resource = Resource.network
    package static let explanation = "How long do HTTP requests take by the service's own histogram?"
    package static let source =
        "Δ of http_request_duration_seconds between scrapes, per label set: p95, as histogram_quantile"
    package static let trap =
        "counts since the start hide what happens now; a quantile in the bucket of +Inf is the last bound, not a value"
    package static let threshold = CheckThreshold(
        0.5, 2, unit: "seconds", origin: "guide B for 500 ms, guide A for 2 s")

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let wanted = observation.selection.wanted.first(where: { $0.role == .http }) else {
            return .unmeasured(reason: "it was not asked for", remedy: nil)
        }
        return MetricsLatencyJudge(
            observation: observation, threshold: threshold, name: "p95", noun: "HTTP requests",
            remedies: MetricsRemedies.http, measure: { $0.quantile(0.95) }
        ).outcome(of: wanted, as: self)
    }
}
