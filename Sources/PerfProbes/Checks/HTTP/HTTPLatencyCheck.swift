import PerfModel

/// What clients wait for.
package enum HTTPLatencyCheck: ServerCheck {
    package static let id = "http.latency"
    package static let resource = Resource.network
    package static let explanation = "How long do answers take, at the tail?"
    package static let source = "GET at intended times, p95 and p99"
    package static let trap =
        "who asks again only after an answer (ab, curl in a loop) misses what a stall does to all who would have asked"
    package static let threshold = CheckThreshold(
        500, 2000, unit: "milliseconds", origin: "guides A and B", conditions: ["p99_milliseconds": 1000])

    package static func outcome(of observation: HTTPObservation, threshold: CheckThreshold) -> CheckOutcome {
        let client = observation.client
        guard let p95 = client.p95 else {
            return .unmeasured(
                reason: "\(Quantity.counted(Int64(client.count), "answer")) are too few for a p95",
                remedy: "ask more often or longer: --rate 20 -d 10")
        }
        let value = HTTPWords.milliseconds(p95)
        var evidence = [Evidence("answers", Double(client.count), "count")]
        if let p99 = client.p99 { evidence.insert(Evidence("p99", HTTPWords.milliseconds(p99), "milliseconds"), at: 0) }
        if let median = client.median {
            evidence.append(Evidence("p50", HTTPWords.milliseconds(median), "milliseconds"))
        }
        if let server = observation.answers.serverTime.quantile(0.5) {
            evidence.append(Evidence("server_time", HTTPWords.milliseconds(server), "milliseconds"))
        }
        if let network = observation.network {
            evidence.append(Evidence("network", HTTPWords.milliseconds(network.nanoseconds), "milliseconds"))
        }
        let isTailSlow =
            client.p99.map { HTTPWords.milliseconds($0) > threshold.condition("p99_milliseconds") } ?? false
        guard threshold.severity(of: value) != nil || isTailSlow else {
            return .healthy([Evidence("p95", value, threshold.unit)] + evidence)
        }
        let (parent, cause) = cause(observation)
        let tail = client.p99.map { ", one of a hundred \(HTTPWords.duration($0))" } ?? ""
        return .findings([
            finding(
                value, "p95", threshold: threshold, severity: threshold.severity(of: value) ?? .warning,
                subject: observation.address, evidence: evidence,
                summary: "one of twenty answers takes \(HTTPWords.duration(p95)) or more\(tail)\(cause)",
                parent: parent,
                remedies: [
                    HTTPRemedies.cacheResults, HTTPRemedies.pool, HTTPRemedies.pages, HTTPRemedies.together,
                    HTTPRemedies.stream, HTTPRemedies.batch,
                ])
        ])
    }

    /// What explains at least half of a typical answer.
    private static func cause(_ observation: HTTPObservation) -> (parent: String?, words: String) {
        guard let median = observation.client.median, median > 0 else { return (nil, "") }
        if let network = observation.network, network.nanoseconds >= median / 2 {
            return (nil, ", most of it in the network")
        }
        if let server = observation.answers.serverTime.quantile(0.5), server >= median / 2 {
            return (nil, "; the application itself says \(HTTPWords.duration(server))")
        }
        if let outside = observation.answers.outside.quantile(0.5), outside >= median / 2 {
            return (HTTPSplitCheck.id, ", most of it before the application")
        }
        return (nil, "")
    }
}
