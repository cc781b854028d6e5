import PerfModel

/// Where the time of a round trip goes: the network, the command, or waiting behind others.
package enum RedisSplitCheck: ServerCheck {
    package static let id = "rd.split"
    package static let resource = Resource.cache
    package static let explanation = "How long do commands wait behind those of others before Redis takes them up?"
    package static let source = "median of PING - the server's own time for PING (LATENCY HISTOGRAM) - network"
    package static let trap =
        "the server's times (SLOWLOG, LATENCY) begin when a command is taken up: they never show what waits in the queue"
    package static let threshold = CheckThreshold(
        1, 10, unit: "milliseconds", origin: "proposed", conditions: ["p99_milliseconds": 10])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let median = observation.client.median else {
            return .unmeasured(
                reason: "\(Quantity.counted(Int64(observation.client.count), "answer")) are too few",
                remedy: "ask for longer: -d 10")
        }
        guard let server = observation.pingTime.value else { return unmeasured(observation.pingTime) }
        guard let network = observation.network else {
            return .unmeasured(
                reason: "what the network takes was not measured", remedy: "add ping://HOST to the targets")
        }
        let known = network.nanoseconds + server.nanoseconds
        let waiting = median > known ? median - known : 0
        var evidence = [
            Evidence("round_trip", Double(median) / 1e6, "milliseconds"),
            Evidence("server", Double(server.nanoseconds) / 1e6, "milliseconds"),
            Evidence("network", Double(network.nanoseconds) / 1e6, "milliseconds"),
        ]
        // A network's own tail is not known: the p99 is split only where there is none.
        let tail = observation.isHere ? observation.client.p99.map { $0 > known ? $0 - known : 0 } : nil
        if let tail { evidence.insert(Evidence("waiting_p99", Double(tail) / 1e6, "milliseconds"), at: 0) }
        let value = Double(waiting) / 1e6
        let isTailSlow = tail.map { Double($0) / 1e6 >= threshold.condition("p99_milliseconds") } ?? false
        guard threshold.severity(of: value) != nil || isTailSlow else {
            return .healthy([Evidence("waiting", value, threshold.unit)] + evidence)
        }
        let isMedianSlow = threshold.severity(of: value) != nil
        let shown = isMedianSlow ? waiting : tail ?? waiting
        let whole = isMedianSlow ? median : observation.client.p99 ?? median
        if isMedianSlow { evidence.insert(Evidence("waiting", value, threshold.unit), at: 0) }
        let isSlowKnown = observation.slowLog.value.map { !$0.entries.isEmpty } ?? false
        return .findings([
            Finding(
                id: id, severity: isMedianSlow ? threshold.severity(of: value) ?? .warning : .warning,
                resource: resource, family: .probe,
                summary: "of \(RedisWords.duration(nanoseconds: whole)) for a round trip"
                    + (isMedianSlow ? "" : " (p99)")
                    + ", \(RedisWords.duration(nanoseconds: shown)) is waiting behind the commands of others: "
                    + "\(RedisWords.duration(nanoseconds: network.nanoseconds)) is the network (\(network.source)), "
                    + "\(RedisWords.duration(nanoseconds: server.nanoseconds)) the command (\(server.source))"
                    + RedisSlowCheck.busiest(in: observation),
                subject: observation.address, evidence: evidence,
                threshold: isMedianSlow ? threshold.limit(for: value) : threshold.condition("p99_milliseconds"),
                parent: isSlowKnown ? RedisSlowCheck.id : nil, benefit: Double(shown) / Double(max(1, whole)),
                remedies: [
                    RedisRemedies.smallerSteps, RedisRemedies.findSlow,
                    Remedy("read from replicas, or give what takes the server's time an instance of its own"),
                ])
        ])
    }
}
