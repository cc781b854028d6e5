import PerfModel

/// Whether what all pools may open fits into what the server takes.
package enum PostgreSQLPoolCheck: ServerCheck {
    package static let id = "pg.poolmath"
    package static let resource = Resource.database
    package static let explanation = "Can the pools of all processes open more connections than the server takes?"
    package static let source =
        "pools in perfdoctor.json: sum of processes × (size + overflow); else counts of connections that do not change, "
        + "by application and client. Against max_connections less those reserved"
    package static let trap =
        "each process has a pool of its own; and a pool that is inferred is seen as it is now, not as large as it may get"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "proposed")

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let limits) = observation.limits else { return unmeasured(observation.limits) }
        return observation.pools.isEmpty
            ? inferred(observation, limits, threshold) : configured(observation, limits, threshold)
    }

    private static func configured(
        _ observation: PostgreSQLObservation, _ limits: PostgreSQLLimits, _ threshold: CheckThreshold
    ) -> CheckOutcome {
        let pools = observation.pools
        let most = pools.reduce(0.0) { $0 + Double($1.most) }
        let excess = most - Double(limits.usable)
        let evidence = evidence(most, limits) + [Evidence("pools", Double(pools.count), "count")]
        guard threshold.severity(of: excess) != nil else {
            return .healthy([Evidence("excess_connections", max(0, excess), threshold.unit)] + evidence)
        }
        let largest = pools.max { ($0.most, $1.name) < ($1.most, $0.name) }
        let detail = largest.map { pool in
            "; \(pool.name.printable) alone: \(pool.processes) × (\(pool.size) + \(pool.overflow)) = \(pool.most)"
        }
        return .findings([
            finding(
                excess, "excess_connections", threshold: threshold, subject: observation.address, evidence: evidence,
                summary:
                    "the pools may open \(Quantity.grouped(Int64(clamping: Int(min(most, 1e15))))) connections, and "
                    + "the server takes \(limits.usable)\(detail ?? "")",
                remedies: [PostgreSQLRemedies.pool, PostgreSQLRemedies.pooler, PostgreSQLRemedies.poolSettings])
        ])
    }

    /// From what is open: one more of the largest should fit, or the next process that starts is refused.
    private static func inferred(
        _ observation: PostgreSQLObservation, _ limits: PostgreSQLLimits, _ threshold: CheckThreshold
    ) -> CheckOutcome {
        guard case .available(let connections) = observation.connections else {
            return unmeasured(observation.connections)
        }
        let plateaus = connections.plateaus
        guard let largest = plateaus.max(by: { ($0.value, $1.key.application) < ($1.value, $0.key.application) }) else {
            return .unmeasured(
                reason: "no pools are named, and no application keeps a number of connections from which one could be "
                    + "inferred",
                remedy: "name them in perfdoctor.json: pools, each with name, processes, size and overflow")
        }
        let most = Double(connections.used) + Double(largest.value)
        let excess = most - Double(limits.usable)
        let evidence = evidence(most, limits) + [Evidence("inferred_pools", Double(plateaus.count), "count")]
        guard threshold.severity(of: excess) != nil else {
            return .healthy([Evidence("excess_connections", max(0, excess), threshold.unit)] + evidence)
        }
        let name = largest.key.application.isEmpty ? largest.key.client : largest.key.application
        return .findings([
            finding(
                excess, "excess_connections", threshold: threshold, severity: .info, subject: observation.address,
                evidence: evidence,
                summary: "\(name.isEmpty ? "an application" : name.printable) keeps \(largest.value) connections "
                    + "(inferred: the number did not change), and as many once more would not fit beside the "
                    + "\(connections.used) in use into \(limits.usable)",
                remedies: [
                    Remedy("name the pools in perfdoctor.json, so that they need not be inferred"),
                    PostgreSQLRemedies.pooler,
                ])
        ])
    }

    private static func evidence(_ most: Double, _ limits: PostgreSQLLimits) -> [Evidence] {
        [
            Evidence("most_connections", most, "count"),
            Evidence("usable_connections", Double(limits.usable), "count"),
        ]
    }
}
