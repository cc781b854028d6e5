import PerfClients
import PerfModel

/// Whether a cache between the server and its clients does its work.
package enum HTTPCDNCheck: ServerCheck {
    package static let id = "http.cdn"
    package static let resource = Resource.network
    package static let explanation = "Does a CDN or a cache between answer for the server?"
    package static let source = "Age, Via, X-Cache, CF-Cache-Status, Cache-Status of two answers in a row"
    package static let trap =
        "the first question of all fills the cache: only the second one says whether it keeps anything"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "guide B")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let content = observation.content
        guard let page = content.value else { return unmeasured(content) }
        let first = HTTPCaching(page.headers)
        guard !first.signs.isEmpty else {
            guard observation.isStatic else { return .healthy([Evidence("misses", 0, threshold.unit)]) }
            return .findings([
                finding(
                    1, "misses", threshold: threshold, severity: .info, subject: observation.address,
                    summary: "nothing shows that a CDN serves this \(observation.mediaType.printable)",
                    remedies: [HTTPRemedies.cdn])
            ])
        }
        guard let again = observation.again else {
            return .unmeasured(reason: "there was no second answer to compare", remedy: "run it again")
        }
        let second = HTTPCaching(again.headers)
        var evidence: [Evidence] = []
        if let age = second.age { evidence.append(Evidence("age", Double(age), "seconds")) }
        // Who says nothing, as a bare Via, may be a proxy that keeps nothing by design.
        guard let isHit = second.isHit, !isHit, observation.isStatic || second.isShareable else {
            return .healthy([Evidence("misses", 0, threshold.unit)] + evidence)
        }
        let sign = second.signs.first { $0.name.contains("cache") } ?? second.signs.first
        let words = sign.map { " (\($0.name): \(String($0.value.prefix(60)).printable))" } ?? ""
        return .findings([
            finding(
                1, "misses", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "the cache between did not have the answer, asked twice in a row\(words)",
                remedies: [HTTPRemedies.cdnKeeps])
        ])
    }
}
