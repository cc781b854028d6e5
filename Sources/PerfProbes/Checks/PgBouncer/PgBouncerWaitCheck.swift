import PerfModel

/// Whether clients wait for a connection of a pool.
package enum PgBouncerWaitCheck: ServerCheck {
    package static let id = "pgb.wait"
    package static let resource = Resource.database
    package static let explanation = "Do clients of PgBouncer wait for a connection to the server?"
    package static let source = "SHOW POOLS twice a second: maxwait, cl_waiting"
    package static let trap =
        "maxwait falls to 0 as soon as nobody waits, so that one look misses what comes in bursts; and a short wait is "
        + "what a pool is for"
    package static let threshold = CheckThreshold(
        1, 15, unit: "seconds", origin: "proposed; awesome-prometheus-alerts for 15 s and 20 clients",
        conditions: ["waiting_clients": 20, "sustained_ratio": 0.8, "looks": 3])

    package static func outcome(of observation: PgBouncerObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let pools) = observation.pools else { return unmeasured(observation.pools) }
        let ranked = pools.sorted { ($0.longestWait, $0.mostWaiting) > ($1.longestWait, $1.mostWaiting) }
        let found = ranked.compactMap { finding(of: $0, observation, threshold) }
        guard found.isEmpty else { return .findings(found.sorted { $0.severity > $1.severity }) }
        return .healthy([
            Evidence("longest_wait", ranked.first?.longestWait ?? 0, threshold.unit),
            Evidence("waiting_clients", Double(pools.map { $0.mostWaiting }.max() ?? 0), "count"),
            Evidence("pools", Double(pools.count), "count"),
        ])
    }

    private static func finding(
        of pool: PgBouncerPool, _ observation: PgBouncerObservation, _ threshold: CheckThreshold
    ) -> Finding? {
        let share = Double(pool.looksWithWaiting) / Double(max(1, pool.looks))
        let isSustained =
            share >= threshold.condition("sustained_ratio") && Double(pool.looks) >= threshold.condition("looks")
        let isCrowded = Double(pool.mostWaiting) >= threshold.condition("waiting_clients")
        let byTime = threshold.severity(of: pool.longestWait)
        guard byTime != nil || isSustained && pool.mostWaiting > 0 || isCrowded && pool.mostWaiting > 0 else {
            return nil
        }
        return finding(
            pool.longestWait, "longest_wait", threshold: threshold, severity: byTime ?? .warning,
            subject: observation.address,
            evidence: [
                Evidence("waiting_clients", Double(pool.mostWaiting), "count"),
                Evidence("busy_servers", Double(pool.mostServers), "count"),
                Evidence("looks_with_waiting_ratio", share, "ratio"),
            ],
            summary: "\(Quantity.counted(Int64(pool.mostWaiting), "client")) of \(pool.name.printable) "
                + "\(pool.mostWaiting == 1 ? "waits" : "wait") for one of "
                + "\(Quantity.counted(Int64(pool.mostServers), "connection")), "
                + "\(PostgreSQLWords.duration(seconds: pool.longestWait)) at most",
            remedies: [
                Remedy("see what keeps the connections: perfdoctor probe postgres://… tells locks and slow statements"),
                Remedy(
                    "raise default_pool_size as far as max_connections and the server's CPUs allow: 25, and a reserve "
                        + "of 5 after 3 s",
                    source: "guide B"),
                Remedy(
                    "pool_mode = transaction, where no session state is needed. A comment after a value, as the guide "
                        + "has it, keeps PgBouncer from starting",
                    source: "guide B, corrected"),
            ])
    }
}
