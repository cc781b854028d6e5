import PerfModel

/// Where the time to the first byte goes: the application, the network, or what is between.
package enum HTTPSplitCheck: ServerCheck {
    package static let id = "http.split"
    package static let resource = Resource.network
    package static let explanation = "How long do questions wait in proxies and queues before the application?"
    package static let source =
        "median of (time to first byte - Server-Timing, X-Response-Time or X-Runtime of the same answer) - network"
    package static let trap =
        "the application's own times begin when it takes a question up: they never show what waits in front of it; a "
        + "cache repeats the times of the answer that it keeps"
    package static let threshold = CheckThreshold(50, 500, unit: "milliseconds", origin: "proposed")

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let outside = observation.answers.outside.quantile(0.5),
            let server = observation.answers.serverTime.quantile(0.5),
            let firstByte = observation.answers.firstByte.quantile(0.5)
        else {
            return .unmeasured(
                reason: "no answer says how long the application took",
                remedy: HTTPRemedies.sayTime.text)
        }
        guard let network = observation.network else {
            return .unmeasured(
                reason: "what the network takes was not measured", remedy: "add ping://HOST to the targets")
        }
        let waiting = outside > network.nanoseconds ? outside - network.nanoseconds : 0
        let value = HTTPWords.milliseconds(waiting)
        let evidence = [
            Evidence("first_byte", HTTPWords.milliseconds(firstByte), "milliseconds"),
            Evidence("server_time", HTTPWords.milliseconds(server), "milliseconds"),
            Evidence("network", HTTPWords.milliseconds(network.nanoseconds), "milliseconds"),
        ]
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("waiting", value, threshold.unit)] + evidence)
        }
        let source = observation.answers.serverTimeSource ?? "the server"
        return .findings([
            finding(
                value, "waiting", threshold: threshold, subject: observation.address, evidence: evidence,
                summary:
                    "\(HTTPWords.duration(waiting)) of \(HTTPWords.duration(firstByte)) to the first byte are neither "
                    + "the application's (\(source): \(HTTPWords.duration(server))) nor the network's: proxies and queues",
                benefit: firstByte > 0 ? Double(waiting) / Double(firstByte) : nil,
                remedies: [HTTPRemedies.workers, HTTPRemedies.serverKeepAlive])
        ])
    }
}
