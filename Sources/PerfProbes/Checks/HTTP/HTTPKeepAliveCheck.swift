import PerfClients
import PerfModel

/// Connections that end with an answer.
package enum HTTPKeepAliveCheck: ServerCheck {
    package static let id = "http.keepalive"
    package static let resource = Resource.network
    package static let explanation = "Does the server keep connections between answers?"
    package static let source = "answers that needed a new connection / answers after the first"
    package static let trap =
        "a server closes after some hundred answers by design (keepalive_requests), and after errors; one in ten is more"
    package static let threshold = CheckThreshold(
        0.1, unit: "ratio", origin: "proposed", conditions: ["least_answers": 5])

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let answers = observation.answers
        guard Double(answers.answers) >= threshold.condition("least_answers"), answers.answers > 1 else {
            return .unmeasured(
                reason: "\(Quantity.counted(Int64(answers.answers), "answer")) are too few",
                remedy: "ask for longer: -d 10")
        }
        let value = Double(answers.reconnections) / Double(answers.answers - 1)
        var evidence = [
            Evidence("answers", Double(answers.answers), "count"),
            Evidence("says_close", Double(answers.closing), "count"),
        ]
        let phases = observation.page.phases
        let cost = (phases.tcp ?? 0) + (phases.tls ?? 0)
        evidence.append(Evidence("connecting", HTTPWords.milliseconds(cost), "milliseconds"))
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("new_connections", value, threshold.unit)] + evidence)
        }
        let why =
            answers.closing > 0 ? ": it says Connection: close" : observation.page.version == "1.0" ? ": HTTP/1.0" : ""
        return .findings([
            finding(
                value, "new_connections", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(HTTPWords.percent(value)) of the answers needed a new connection, "
                    + "\(HTTPWords.duration(cost)) each\(why)",
                benefit: benefit(value, cost, observation.client.median),
                remedies: [HTTPRemedies.serverKeepAlive, HTTPRemedies.keepAlive])
        ])
    }

    private static func benefit(_ ratio: Double, _ cost: UInt64, _ median: UInt64?) -> Double? {
        guard let median, median > 0 else { return nil }
        return ratio * Double(cost) / Double(median)
    }
}
