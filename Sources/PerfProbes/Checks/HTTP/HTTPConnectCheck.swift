import PerfClients
import PerfModel

/// What a new client waits for before it can ask.
package enum HTTPConnectCheck: ServerCheck {
    package static let id = "http.connect"
    package static let resource = Resource.network
    package static let explanation = "How long does a new client take to connect?"
    package static let source = "name resolution + TCP + TLS of one new connection"
    package static let trap =
        "one connection is one sample, and a resolver's cache makes the second look-up free; who keeps connections pays "
        + "it once"
    package static let threshold = CheckThreshold(300, 1000, unit: "milliseconds", origin: "proposed")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let phases = observation.page.phases
        guard let tcp = phases.tcp else {
            return .unmeasured(reason: "no new connection was timed", remedy: "run it again")
        }
        let parts = [
            ("dns", "the name", observation.resolution), ("tcp", "TCP", tcp), ("tls", "TLS", phases.tls),
        ].compactMap { name, words, time in time.map { (name: name, words: words, time: $0) } }
        let sum = parts.reduce(0) { $0 + $1.time }
        let value = HTTPWords.milliseconds(sum)
        let evidence = parts.map { Evidence($0.name, HTTPWords.milliseconds($0.time), "milliseconds") }
        guard threshold.severity(of: value) != nil, let longest = parts.max(by: { $0.time < $1.time }) else {
            return .healthy([Evidence("connecting", value, threshold.unit)] + evidence)
        }
        return .findings([
            finding(
                value, "connecting", threshold: threshold, subject: observation.address, evidence: evidence,
                summary:
                    "a new connection takes \(HTTPWords.duration(sum)), \(HTTPWords.duration(longest.time)) of it for "
                    + longest.words,
                remedies: [
                    longest.name == "dns"
                        ? Remedy("look at the name servers of /etc/resolv.conf: the first one may be dead")
                        : HTTPRemedies.nearer,
                    HTTPRemedies.keepAlive,
                ])
        ])
    }
}
