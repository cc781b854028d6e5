import PerfClients
import PerfModel

/// Whether clients learn of HTTP/3.
package enum HTTPAltSvcCheck: ServerCheck {
    package static let id = "http.altsvc"
    package static let resource = Resource.network
    package static let explanation = "Does the server advertise HTTP/3?"
    package static let source = "Alt-Svc of an answer"
    package static let trap =
        "it may be advertised in the DNS alone (HTTPS records), and a firewall may drop UDP all the same"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "guide B")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard observation.isTLS else {
            return .unmeasured(reason: "HTTP/3 is advertised over TLS only", remedy: "write https://")
        }
        let text = observation.page.headers["alt-svc"] ?? ""
        guard !HTTPAlternatives.hasHTTP3(text), observation.page.version != "3" else {
            return .healthy([Evidence("missing", 0, threshold.unit)])
        }
        return .findings([
            finding(
                1, "missing", threshold: threshold, severity: .info, subject: observation.address,
                summary: text.isEmpty
                    ? "the server does not advertise HTTP/3: it sends no Alt-Svc"
                    : "the server advertises other ways, and HTTP/3 is not among them",
                remedies: [HTTPRemedies.http3])
        ])
    }
}
