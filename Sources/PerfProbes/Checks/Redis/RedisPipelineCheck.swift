import PerfModel

/// Whether clients wait for each answer before they ask again.
package enum RedisPipelineCheck: ServerCheck {
    package static let id = "rd.pipeline"
    package static let resource = Resource.cache
    package static let explanation = "Do clients send one command at a time where they could send many?"
    package static let source =
        "INFO: Δtotal_commands_processed / Δtotal_reads_processed (6.2), both without our own; connected_clients"
    package static let trap =
        "commands of clients that have nothing to do with each other cannot share a pipeline: only many commands of "
        + "each client say that one would help"
    package static let threshold = CheckThreshold(
        1000, unit: "per_second", origin: "proposed",
        conditions: ["commands_per_read": 1.5, "commands_per_client_per_second": 10])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let commandChange = observation.change(of: "total_commands_processed")
        let readChange = observation.change(of: "total_reads_processed", since: "6.2")
        guard let allCommands = commandChange.value else { return unmeasured(commandChange) }
        guard let allReads = readChange.value else { return unmeasured(readChange) }
        // Each of ours is one read.
        let own = observation.ownCommands + UInt64(max(0, observation.client.count))
        let commands = Double(allCommands > own ? allCommands - own : 0)
        let reads = Double(allReads > own ? allReads - own : 0)
        let rate = commands / observation.seconds
        let perRead = reads > 0 ? commands / reads : commands
        let clients = Double(max(1, observation.number("connected_clients").value ?? 1))
        let evidence = [
            Evidence("commands_per_read", perRead, "ratio"), Evidence("clients", clients, "count"),
        ]
        guard threshold.severity(of: rate) != nil, perRead < threshold.condition("commands_per_read"),
            rate / clients >= threshold.condition("commands_per_client_per_second")
        else { return .healthy([Evidence("commands_per_second", rate, threshold.unit)] + evidence) }
        return .findings([
            finding(
                rate, "commands_per_second", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(RedisWords.rate(rate)) commands a second come one at a time "
                    + "(\(Quantity.fixed(perRead, digits: 2)) with each read): clients wait for a round trip each",
                remedies: [RedisRemedies.pipeline])
        ])
    }
}
