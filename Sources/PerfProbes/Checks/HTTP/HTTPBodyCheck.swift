import PerfClients
import PerfModel

/// Answers that are larger than anybody reads.
package enum HTTPBodyCheck: ServerCheck {
    package static let id = "http.body"
    package static let resource = Resource.network
    package static let explanation = "Is the answer larger than a page of results should be?"
    package static let source = "bytes of the body, of JSON, HTML and other texts"
    package static let trap =
        "a script or an image is as large as it is; compressed bytes hide how much has to be made and read"
    package static let threshold = CheckThreshold(1_000_000, unit: "bytes", origin: "proposed")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let content = observation.content
        guard let page = content.value else { return unmeasured(content) }
        let size = Double(page.bodySize)
        guard threshold.severity(of: size) != nil, observation.isText, !observation.isStatic else {
            return .healthy([Evidence("body", size, threshold.unit)])
        }
        return .findings([
            finding(
                size, "body", threshold: threshold, subject: observation.address,
                evidence: [Evidence("transfer", HTTPWords.milliseconds(page.phases.transfer), "milliseconds")],
                summary: "one answer has \(page.cut == .size ? "more than " : "")\(HTTPWords.bytes(page.bodySize)) of "
                    + "\(observation.mediaType.printable)",
                remedies: [HTTPRemedies.pages, HTTPRemedies.compress])
        ])
    }
}
