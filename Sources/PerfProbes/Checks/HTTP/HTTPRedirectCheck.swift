import PerfModel

/// Answers that only lead elsewhere.
package enum HTTPRedirectCheck: ServerCheck {
    package static let id = "http.redirect"
    package static let resource = Resource.network
    package static let explanation = "Does the URL lead elsewhere?"
    package static let source = "Location of the answer, followed at the same server for up to 10 steps"
    package static let trap =
        "what is measured is the redirect and not where it leads to: it is often the faster of both"
    package static let threshold = CheckThreshold(1, 10, unit: "count", origin: "proposed")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let steps = observation.redirects
        let value = Double(steps.count)
        guard let first = steps.first, let last = steps.last, observation.isLoop || threshold.severity(of: value) != nil
        else { return .healthy([Evidence("redirects", value, threshold.unit)]) }
        let summary: String
        if observation.isLoop {
            summary =
                "the URL leads back to where it began, after \(Quantity.counted(Int64(steps.count), "redirect")): "
                + "nobody ever gets an answer"
        } else {
            summary =
                "the URL answers \(HTTPWords.status(first.status)) and leads to \(first.shown)"
                + (steps.count > 1 ? ", and on to \(last.shown) (\(steps.count) steps)" : "")
                + ": what was measured is the redirect"
        }
        return .findings([
            finding(
                value, "redirects", threshold: threshold,
                severity: observation.isLoop ? .critical : threshold.severity(of: value),
                subject: observation.address, summary: summary,
                remedies: observation.isLoop
                    ? [
                        Remedy(
                            "see the rules for redirects of the server and of each proxy before it: two contradict each "
                                + "other, often on https://")
                    ] : [HTTPRemedies.finalURL])
        ])
    }
}
