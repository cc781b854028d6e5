import PerfModel

/// Round trips of PING as clients see them.
package enum RedisRTTCheck: ServerCheck {
    package static let id = "rd.rtt"
    package static let resource = Resource.cache
    package static let explanation = "How long does a round trip to Redis take?"
    package static let source = "PING at intended times, p99"
    package static let trap =
        "who asks again only after an answer (redis-cli --latency) misses what a stall does to all who would have asked"
    package static let threshold = CheckThreshold(
        10, 100, unit: "milliseconds", origin: "proposed; guide A for 100 ms")

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let client = observation.client
        guard let p99 = client.p99 else {
            return .unmeasured(
                reason: "\(Quantity.counted(Int64(client.count), "answer")) are too few for a p99",
                remedy: "ask more often or longer: --rate 100 -d 10")
        }
        let value = Double(p99) / 1e6
        var evidence = [Evidence("answers", Double(client.count), "count")]
        if let median = client.median { evidence.append(Evidence("p50", Double(median) / 1e6, "milliseconds")) }
        if let network = observation.network {
            evidence.append(Evidence("network", Double(network.nanoseconds) / 1e6, "milliseconds"))
        }
        guard threshold.severity(of: value) != nil else {
            return .healthy([Evidence("p99", value, threshold.unit)] + evidence)
        }
        let (parent, cause) = cause(of: p99, in: observation)
        return .findings([
            finding(
                value, "p99", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "one of a hundred round trips to Redis takes \(RedisWords.duration(nanoseconds: p99)) or more"
                    + cause,
                parent: parent, remedies: [RedisRemedies.all])
        ])
    }

    /// What explains at least half of it.
    private static func cause(of p99: UInt64, in observation: RedisObservation) -> (parent: String?, words: String) {
        let half = p99 / 2000
        if let network = observation.network, network.nanoseconds / 1000 >= half {
            return (nil, ", most of it in the network")
        }
        if let slow = observation.slowLog.value?.entries.max(by: { $0.microseconds < $1.microseconds }),
            slow.microseconds >= half
        {
            return (RedisSlowCheck.id, "; \(slow.command.printable) kept the server for as long")
        }
        if let forks = observation.change(of: "total_forks").value, forks > 0,
            let fork = observation.number("latest_fork_usec").value, fork >= half
        {
            return (RedisForkCheck.id, "; a fork kept the server for as long")
        }
        // Only where somebody has switched the server's latency monitor on.
        if let event = observation.recentEvents.max(by: { $0.latestMilliseconds < $1.latestMilliseconds }),
            event.latestMilliseconds >= Int64(half / 1000), event.latestMilliseconds > 0
        {
            return (
                nil,
                "; the server's latency monitor saw \(event.name.printable) for "
                    + Quantity.text(event.latestMilliseconds, unit: "milliseconds")
            )
        }
        return (nil, "")
    }
}
