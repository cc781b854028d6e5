import PerfModel

/// How full the server is.
package enum PostgreSQLConnectionsCheck: ServerCheck {
    package static let id = "pg.conn"
    package static let resource = Resource.database
    package static let explanation = "How many of the connections that the server takes are in use?"
    package static let source =
        "pg_stat_activity: client backends / (max_connections - superuser_reserved_connections - reserved_connections)"
    package static let trap =
        "the last connections are kept for superusers, so that clients are refused (SQLSTATE 53300) before all are used"
    package static let threshold = CheckThreshold(0.8, 0.9, unit: "ratio", origin: "netdata")

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let limits) = observation.limits else { return unmeasured(observation.limits) }
        guard case .available(let connections) = observation.connections else {
            return unmeasured(observation.connections)
        }
        let ratio = Double(connections.used) / Double(limits.usable)
        let evidence = [
            Evidence("connections", Double(connections.used), "count"),
            Evidence("usable_connections", Double(limits.usable), "count"),
        ]
        guard threshold.severity(of: ratio) != nil else {
            return .healthy([Evidence("used_ratio", ratio, threshold.unit)] + evidence)
        }
        let most = connections.samples.last?.max { ($0.value, $1.key.application) < ($1.value, $0.key.application) }
        let owner = most.map { entry in
            let name = entry.key.application.isEmpty ? entry.key.client : entry.key.application
            return "; \(entry.value) are of \(name.isEmpty ? "clients without a name" : name.printable)"
        }
        return .findings([
            finding(
                ratio, "used_ratio", threshold: threshold, subject: observation.address, evidence: evidence,
                summary: "\(connections.used) of \(limits.usable) usable connections are in use "
                    + "(\(PostgreSQLWords.percent(ratio)))\(owner ?? "")",
                remedies: PostgreSQLRemedies.connections)
        ])
    }
}
