import PerfModel

/// Who waits for a lock, and who at the end of the chain keeps it.
package enum PostgreSQLLockCheck: ServerCheck {
    package static let id = "pg.lock"
    package static let resource = Resource.lock
    package static let explanation = "Do sessions wait for a lock, and who holds it?"
    package static let source =
        "pg_stat_activity where wait_event_type = 'Lock', pg_blocking_pids() up to who waits for nobody, "
        + "pg_locks.waitstart (PostgreSQL 14)"
    package static let trap =
        "who blocks is often blocked itself, and only the root of the chain can be ended to any effect; a role without "
        + "pg_monitor does not see that others wait"
    package static let threshold = CheckThreshold(
        60, 120, unit: "seconds", origin: "proposed", conditions: ["told_from_seconds": 1])

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let seen) = observation.activity else { return unmeasured(observation.activity) }
        let told = min(threshold.warning, threshold.condition("told_from_seconds"))
        let chains = seen.worstChains.filter { $0.longest >= told }
        guard chains.isEmpty else {
            return .findings(chains.prefix(3).map { finding(of: $0, observation, threshold) })
        }
        guard case .available(let activity) = observation.wholeActivity else {
            return unmeasured(observation.wholeActivity)
        }
        return .healthy([
            Evidence("longest_wait", activity.worstChains.first?.longest ?? 0, threshold.unit),
            Evidence("looks", Double(activity.looks), "count"),
        ])
    }

    private static func finding(
        of chain: PostgreSQLLockChain, _ observation: PostgreSQLObservation, _ threshold: CheckThreshold
    ) -> Finding {
        var remedies = [PostgreSQLRemedies.endHolder, PostgreSQLRemedies.lockTimeout]
        var holder = "pid \(chain.root)"
        var parent: String?
        if chain.root == 0 {
            holder = "a prepared transaction"
            remedies = [Remedy("COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists")]
        } else if let session = chain.holder {
            holder = PostgreSQLWords.name(session)
            if let state = session.state { holder += ", \(state.printable)" }
            if let age = session.stateAge { holder += " for \(PostgreSQLWords.duration(seconds: age))" }
            if let statement = session.statement {
                holder += ", its statement \(article(statement)) \(statement.printable)"
            }
            if session.isIdleInTransaction {
                remedies.insert(PostgreSQLRemedies.idleTimeout, at: 1)
                // Only where that is a finding of its own.
                if session.stateAge ?? 0 >= PostgreSQLIdleTransactionCheck.threshold.warning {
                    parent = PostgreSQLIdleTransactionCheck.id
                }
            }
        }
        let waits = chain.waiting == 1 ? "1 session waits" : "\(chain.waiting) sessions wait"
        return finding(
            chain.longest, "longest_wait", threshold: threshold, subject: observation.address,
            evidence: [
                Evidence("waiting_sessions", Double(chain.waiting), "count"),
                Evidence("root_pid", Double(chain.root), "pid"),
                Evidence("chain_length", Double(chain.path.count), "count"),
            ],
            summary: "\(waits) for a lock, \(PostgreSQLWords.duration(seconds: chain.longest)) at most, "
                + "held by \(holder)",
            parent: parent, remedies: remedies)
    }

    private static func article(_ word: String) -> String {
        word.first.map { "AEIOU".contains($0) } ?? false ? "an" : "a"
    }
}
