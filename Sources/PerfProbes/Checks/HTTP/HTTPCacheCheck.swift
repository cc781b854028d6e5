import PerfClients
import PerfModel

/// Whether clients may keep what they got.
package enum HTTPCacheCheck: ServerCheck {
    package static let id = "http.cache"
    package static let resource = Resource.network
    package static let explanation = "May clients keep the answer, and for how long?"
    package static let source =
        "Cache-Control, Expires, ETag, Last-Modified; for how long static files may be kept: less is worse"
    package static let trap =
        "no-store is right for what is somebody's own; a long life is wrong for a name that does not change with its file"
    package static let threshold = CheckThreshold(2_592_000, unit: "seconds", origin: "guide B")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let content = observation.content
        guard let page = content.value else { return unmeasured(content) }
        let caching = HTTPCaching(page.headers)
        let lifetime = Double(caching.lifetime ?? 0)
        let evidence = [
            Evidence("immutable", caching.directives.contains("immutable") ? 1 : 0, "count"),
            Evidence("validator", caching.hasValidator ? 1 : 0, "count"),
        ]
        let healthy = CheckOutcome.healthy([Evidence("lifetime", lifetime, threshold.unit)] + evidence)
        if observation.isStatic {
            guard lifetime < threshold.warning else { return healthy }
            let life =
                caching.lifetime.map { $0 == 0 ? "not at all" : "for \(Quantity.text($0, unit: "seconds")) only" }
                ?? "for a time that it does not say"
            return .findings([
                finding(
                    lifetime, "lifetime", threshold: threshold, severity: caching.hasValidator ? .info : .warning,
                    subject: observation.address, evidence: evidence,
                    summary:
                        "clients may keep this \(observation.mediaType.printable) \(life), 30 days were meant for static files"
                        + (caching.hasValidator ? "; they can ask whether it has changed" : ""),
                    remedies: [HTTPRemedies.staticFiles, HTTPRemedies.validators])
            ])
        }
        // Who says anything at all has thought of it.
        guard caching.directives.isEmpty, caching.lifetime == nil, !caching.hasValidator else { return healthy }
        return .findings([
            finding(
                lifetime, "lifetime", threshold: threshold, severity: .info, subject: observation.address,
                evidence: evidence,
                summary: "the answer does not say whether it may be kept: no Cache-Control, ETag or Last-Modified",
                remedies: [HTTPRemedies.cacheResults, HTTPRemedies.validators])
        ])
    }
}
