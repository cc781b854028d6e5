import PerfModel

/// Round trips of SELECT 1, compared with those of the network.
package enum PostgreSQLRTTCheck: ServerCheck {
    package static let id = "pg.rtt"
    package static let resource = Resource.database
    package static let explanation = "Does a statement that does nothing wait in the server?"
    package static let source = "median of SELECT 1 / median of ping or of a TCP connect"
    package static let trap =
        "a long round trip is the network's as long as ping takes as long; and a new connection costs a process"
    package static let threshold = CheckThreshold(
        3, unit: "ratio", origin: "proposed", conditions: ["least_milliseconds": 1])

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        let client = observation.client
        guard let median = client.median else {
            return .unmeasured(
                reason: "\(Quantity.counted(Int64(client.count), "answer")) are too few for a median",
                remedy: "ask more often or longer: --rate 100 -d 10")
        }
        var evidence = [Evidence("select_1_p50", Double(median) / 1e6, "milliseconds")]
        if let time = observation.connecting {
            evidence.append(Evidence("connect", Double(time) / 1e6, "milliseconds"))
        }
        if let time = observation.authenticating {
            evidence.append(Evidence("authentication", Double(time) / 1e6, "milliseconds"))
        }
        // Less than that is none to speak of, whatever the network takes.
        let network = client.network ?? 0
        let queueing = Double(median - min(median, network)) / 1e6
        guard queueing >= threshold.condition("least_milliseconds") else { return .healthy(evidence) }
        guard let network = client.network, network > 0 else {
            return .unmeasured(
                reason:
                    "SELECT 1 takes \(PostgreSQLWords.duration(seconds: Double(median) / 1e9)), and nobody measured "
                    + "how much of it is the network's",
                remedy: "probe ping://HOST beside it")
        }
        evidence.append(Evidence("network_p50", Double(network) / 1e6, "milliseconds"))
        let ratio = Double(median) / Double(network)
        guard threshold.severity(of: ratio) != nil else {
            return .healthy([Evidence("rtt_ratio", ratio, threshold.unit)] + evidence)
        }
        return .findings([
            finding(
                ratio, "rtt_ratio", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "SELECT 1 takes \(PostgreSQLWords.duration(seconds: Double(median) / 1e9)), "
                    + "\(Quantity.fixed(ratio, digits: 1)) times the network's round trip: it waits in the server",
                remedies: [
                    Remedy("see whether the server's CPUs are busy: perfdoctor diagnose there"),
                    PostgreSQLRemedies.pooler,
                ])
        ])
    }
}
