import PerfClients
import PerfModel

/// How long the certificate lasts.
package enum HTTPCertificateCheck: ServerCheck {
    package static let id = "http.tls"
    package static let resource = Resource.network
    package static let explanation = "Does the certificate expire soon?"
    package static let source = "days until the certificate that the server sends expires: fewer are worse"
    package static let trap =
        "a renewed file changes nothing until the server is reloaded: what counts is what it sends"
    package static let threshold = CheckThreshold(20, 3, unit: "days", origin: "awesome-prometheus-alerts")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard observation.isTLS else { return .unmeasured(reason: "it is asked without TLS", remedy: "write https://") }
        guard let expiry = observation.page.certificateExpiry else {
            return .unmeasured(
                reason: "this libcurl does not say what is in a certificate",
                remedy: "openssl s_client -connect HOST:PORT | openssl x509 -noout -enddate")
        }
        let days = Double(expiry - observation.now) / 86_400
        // Less is worse here.
        let isCritical = threshold.critical.map { days < $0 } ?? false
        guard days < threshold.warning || isCritical else { return .healthy([Evidence("days_left", days, "days")]) }
        let left =
            days < 0
            ? "has expired" : "expires in \(Quantity.fixed(days, digits: days < 10 ? 1 : 0)) days"
        return .findings([
            Finding(
                id: id, severity: isCritical ? .critical : .warning, resource: resource, family: .probe,
                summary: "the certificate \(left): \(InternetTime.text(nanosecondsSince1970: expiry * 1_000_000_000))",
                subject: observation.address, evidence: [Evidence("days_left", days, "days")],
                threshold: isCritical ? threshold.critical : threshold.warning, remedies: [HTTPRemedies.renew])
        ])
    }
}
