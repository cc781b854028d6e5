import PerfModel

/// How many answers of a service have a status of 5xx.
package enum MetricsErrorsCheck: ServerCheck {
    package static let id = "app.errors"
    package static let resource = Resource.network
    package static let explanation = "How many HTTP answers are the server's errors?"
    package static let source =
        "Δ of http_requests_total (or the count of a histogram) with a status of 5xx / Δ of all"
    package static let trap = "answers that never came are not counted: ask from outside as well, http://…"
    package static let threshold = CheckThreshold(
        0.01, 0.05, unit: "ratio", origin: "proposed", conditions: ["least_requests": 20])

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        let comparable = observation.isComparable
        guard case .available = comparable else { return unmeasured(comparable) }
        guard let answers = MetricsObservation.answers(in: observation.counters) else {
            return .unmeasured(
                reason: "the service counts no HTTP answers by their status",
                remedy: "count them: http_requests_total with a label status")
        }
        guard answers.all >= threshold.condition("least_requests") else {
            return .unmeasured(
                reason: "\(MetricsWords.count(answers.all)) answers meanwhile are too few for a ratio",
                remedy: "ask for longer, or while it is used: -d 60")
        }
        let ratio = answers.failed / answers.all
        let evidence = [
            Evidence("errors", answers.failed, "count"), Evidence("answers", answers.all, "count"),
        ]
        guard threshold.severity(of: ratio) != nil else {
            return .healthy([Evidence("error_ratio", ratio, threshold.unit)] + evidence)
        }
        let most = answers.worst.map { ", most of them \($0.text)" } ?? ""
        return .findings([
            finding(
                ratio, "error_ratio", threshold: threshold, subject: "\(observation.address) \(answers.metric)",
                evidence: evidence,
                summary:
                    "\(RedisWords.percent(ratio)) of \(MetricsWords.count(answers.all)) HTTP answers are errors of "
                    + "the server\(most)",
                remedies: MetricsRemedies.errors)
        ])
    }
}
