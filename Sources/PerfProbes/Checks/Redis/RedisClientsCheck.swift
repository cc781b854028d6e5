import PerfModel

/// Connections that are turned away, and clients that do not take their answers.
package enum RedisClientsCheck: ServerCheck {
    package static let id = "rd.clients"
    package static let resource = Resource.cache
    package static let explanation = "Does Redis have room for its clients, and do they take their answers?"
    package static let source =
        "INFO: Δrejected_connections, connected_clients / maxclients; CLIENT LIST: obl + omem"
    package static let trap = "maxclients is lowered at the start, without a word to clients, where files are limited"
    package static let threshold = CheckThreshold(
        0.9, 1, unit: "ratio", origin: "awesome-prometheus-alerts; output buffers Redis MEMORY DOCTOR",
        conditions: ["output_bytes_per_client": 204_800, "largest_output_bytes": 8_388_608])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let info = observation.info.value else { return unmeasured(observation.info) }
        guard let connected = info.number("connected_clients") else {
            return unmeasured(observation.number("connected_clients"))
        }
        let rejected = observation.change(of: "rejected_connections")
        let maximum =
            info.number("maxclients") ?? observation.settings.value?["maxclients"].flatMap { UInt64($0) }
        var findings: [Finding] = []
        if let count = rejected.value, count > 0 { findings.append(turnedAway(count, connected, maximum, observation)) }
        if let maximum, maximum > 0 {
            let ratio = Double(connected) / Double(maximum)
            if threshold.severity(of: ratio) != nil {
                findings.append(
                    finding(
                        ratio, "clients_of_maxclients", threshold: threshold, subject: observation.address,
                        evidence: [
                            Evidence("connected_clients", Double(connected), "count"),
                            Evidence("maxclients", Double(maximum), "count"),
                        ],
                        summary:
                            "\(RedisWords.count(connected)) of \(RedisWords.count(maximum)) clients are connected: "
                            + "the next ones are turned away",
                        remedies: RedisRemedies.clients))
            }
        }
        if let clients = observation.clients.value, let found = slowReaders(clients, observation, threshold) {
            findings.append(found)
        }
        if !findings.isEmpty { return .findings(findings) }
        guard let count = rejected.value else { return unmeasured(rejected) }
        guard let maximum, maximum > 0 else {
            return unmeasured(observation.number("maxclients", since: "6.2"))
        }
        var evidence = [
            Evidence("clients_of_maxclients", Double(connected) / Double(maximum), threshold.unit),
            Evidence("rejected_connections", Double(count), "count"),
        ]
        if let clients = observation.clients.value {
            evidence.append(Evidence("output_buffers", Double(clients.outputBytes), "bytes"))
        }
        return .healthy(evidence)
    }

    private static func turnedAway(
        _ count: UInt64, _ connected: UInt64, _ maximum: UInt64?, _ observation: RedisObservation
    ) -> Finding {
        let limit = maximum.map { " of \(RedisWords.count($0))" } ?? ""
        return Finding(
            id: id, severity: .critical, resource: resource, family: .probe,
            summary: "Redis turned away \(RedisWords.count(count)) connections: \(RedisWords.count(connected))\(limit) "
                + "clients are connected now",
            subject: observation.address,
            evidence: [
                Evidence("rejected_connections", Double(count), "count"),
                Evidence("connected_clients", Double(connected), "count"),
            ], remedies: RedisRemedies.clients)
    }

    private static func slowReaders(
        _ clients: RedisClients, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding? {
        let average = Double(clients.outputBytes) / Double(clients.count)
        guard
            average > threshold.condition("output_bytes_per_client")
                || Double(clients.largestOutputBytes) > threshold.condition("largest_output_bytes")
        else { return nil }
        let who = clients.largestClient.map { " (\($0.printable))" } ?? ""
        return Finding(
            id: id, severity: .warning, resource: resource, family: .probe,
            summary: "\(RedisWords.bytes(clients.outputBytes)) of answers wait for clients that do not take them, "
                + "\(RedisWords.bytes(clients.largestOutputBytes)) of them for one\(who)",
            subject: observation.address,
            evidence: [
                Evidence("output_buffer_average", average, "bytes"),
                Evidence("output_buffer_largest", Double(clients.largestOutputBytes), "bytes"),
                Evidence("clients", Double(clients.count), "count"),
            ], threshold: threshold.condition("output_bytes_per_client"),
            remedies: [
                RedisRemedies.smallerSteps,
                Remedy("let subscribers read faster, or bound them: client-output-buffer-limit"),
            ])
    }
}
