import PerfModel

/// Answers that say that the server failed.
package enum HTTPErrorsCheck: ServerCheck {
    package static let id = "http.errors"
    package static let resource = Resource.network
    package static let explanation = "Does the server answer with errors of its own (5xx)?"
    package static let source = "answers with status 500 to 599 / all answers"
    package static let trap =
        "errors are often the fastest answers: a latency that counts them looks better the more there are"
    package static let threshold = CheckThreshold(0.01, 0.05, unit: "ratio", origin: "proposed")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let answers = observation.answers
        guard answers.answers > 0 else {
            return .unmeasured(reason: "there was no answer", remedy: "see the target's error")
        }
        let failed = answers.count(of: 500..<600)
        let value = Double(failed) / Double(answers.answers)
        let evidence = [
            Evidence("answers", Double(answers.answers), "count"),
            Evidence("client_errors", Double(answers.count(of: 400..<500)), "count"),
        ]
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("server_errors", value, threshold.unit)] + evidence)
        }
        let kinds = answers.statuses.filter { $0.key >= 500 }.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        let words = kinds.map { "\(HTTPWords.status($0.key)) (\($0.value))" }.joined(separator: ", ")
        return .findings([
            finding(
                value, "server_errors", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(failed) of \(Quantity.counted(Int64(answers.answers), "answer")) are errors of the server: "
                    + words,
                remedies: [Remedy("see the logs of the application and of the proxy before it for the same time")])
        ])
    }
}
