import PerfModel

/// Connections that are made for a command or two.
package enum RedisChurnCheck: ServerCheck {
    package static let id = "rd.churn"
    package static let resource = Resource.cache
    package static let explanation = "Do clients connect anew instead of keeping their connections?"
    package static let source = "INFO: Δtotal_connections_received; Δtotal_commands_processed"
    package static let trap = "connections that are turned away count too, and so do health checks of balancers"
    package static let threshold = CheckThreshold(10, unit: "per_second", origin: "proposed")

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let change = observation.change(of: "total_connections_received")
        guard let connections = change.value else { return unmeasured(change) }
        let rate = Double(connections) / observation.seconds
        var evidence = [Evidence("connections", Double(connections), "count")]
        let commands = observation.change(of: "total_commands_processed").value
        if let commands, connections > 0 {
            evidence.append(
                Evidence("commands_per_connection", Double(commands) / Double(connections), "ratio"))
        }
        let rejected = observation.change(of: "rejected_connections").value ?? 0
        if rejected > 0 { evidence.append(Evidence("rejected_connections", Double(rejected), "count")) }
        guard threshold.severity(of: rate) != nil else {
            return .healthy([Evidence("connections_per_second", rate, threshold.unit)] + evidence)
        }
        return .findings([
            finding(
                rate, "connections_per_second", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "clients make \(RedisWords.rate(rate)) connections a second"
                    + (commands.map {
                        ", for \(RedisWords.rate(Double($0) / Double(max(1, connections)))) commands each"
                    }
                        ?? ""),
                parent: rejected * 2 > connections ? RedisClientsCheck.id : nil,
                remedies: [RedisRemedies.pool, RedisRemedies.poolSettings])
        ])
    }
}
