import PerfModel

/// Questions that the server turned away because there were too many.
package enum HTTPRateLimitCheck: ServerCheck {
    package static let id = "http.ratelimit"
    package static let resource = Resource.network
    package static let explanation = "Does the server turn us away for asking too often (429)?"
    package static let source = "answers with status 429 / all answers; Retry-After"
    package static let trap = "a refusal is quick: it says nothing about how fast real answers are"
    package static let threshold = CheckThreshold(
        0.001, 0.5, unit: "ratio", origin: "proposed; guide B for 100 a minute")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let answers = observation.answers
        guard answers.answers > 0 else {
            return .unmeasured(reason: "there was no answer", remedy: "see the target's error")
        }
        let refused = answers.count(of: 429..<430)
        let value = Double(refused) / Double(answers.answers)
        var evidence = [Evidence("answers", Double(answers.answers), "count")]
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("too_many_requests", value, threshold.unit)] + evidence)
        }
        if let seconds = answers.retryAfter { evidence.append(Evidence("retry_after", Double(seconds), "seconds")) }
        let wait = answers.retryAfter.map { "; it wants to be asked again after \(Quantity.text($0, unit: "seconds"))" }
        return .findings([
            finding(
                value, "too_many_requests", threshold: threshold, subject: observation.address, evidence: evidence,
                summary:
                    "\(refused) of \(Quantity.counted(Int64(answers.answers), "answer")) are 429: the server limits "
                    + "how often we may ask" + (wait ?? ", and does not say when again (no Retry-After)"),
                remedies: [HTTPRemedies.slower, HTTPRemedies.rateLimit]
                    + (answers.retryAfter == nil ? [HTTPRemedies.retryAfter] : []))
        ])
    }
}
