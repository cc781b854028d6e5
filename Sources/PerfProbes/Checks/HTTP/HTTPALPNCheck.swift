import PerfClients
import PerfModel

/// Whether browsers can ask for many things at once on one connection.
package enum HTTPALPNCheck: ServerCheck {
    package static let id = "http.alpn"
    package static let resource = Resource.network
    package static let explanation = "Does the server speak HTTP/2?"
    package static let source = "the protocol that ALPN agreed on"
    package static let trap =
        "a libcurl without nghttp2 never asks for it; one client with one question at a time gains nothing by it"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "guide B")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard observation.isTLS else {
            return .unmeasured(reason: "there is no ALPN without TLS", remedy: "write https://")
        }
        let version = observation.page.version
        guard version == "1.1" || version == "1.0" else {
            return .healthy([Evidence("missing", 0, threshold.unit)])
        }
        return .findings([
            finding(
                1, "missing", threshold: threshold, severity: .info, subject: observation.address,
                summary:
                    "the server agrees on HTTP/\(version) only: browsers open up to six connections instead of one",
                remedies: [HTTPRemedies.http2])
        ])
    }
}
