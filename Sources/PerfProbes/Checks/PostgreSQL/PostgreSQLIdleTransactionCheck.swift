import PerfModel

/// Transactions that are open while nobody does anything.
package enum PostgreSQLIdleTransactionCheck: ServerCheck {
    package static let id = "pg.idletx"
    package static let resource = Resource.database
    package static let explanation = "Are transactions kept open by clients that do nothing?"
    package static let source = "pg_stat_activity: state 'idle in transaction', now - state_change"
    package static let trap = "a role without pg_monitor sees none where there are some: others' states are null"
    package static let threshold = CheckThreshold(
        60, 300, unit: "seconds", origin: "proposed; guide B for 300 s")

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let seen) = observation.activity else { return unmeasured(observation.activity) }
        let sessions = seen.idle.values.sorted { ($0.stateAge ?? 0, $1.pid) > ($1.stateAge ?? 0, $0.pid) }
        let long = sessions.filter { threshold.severity(of: $0.stateAge ?? 0) != nil }
        if let worst = long.first, let age = worst.stateAge {
            let others = long.count == 1 ? "" : ", and \(Quantity.counted(Int64(long.count - 1), "other")) as well"
            let statement = worst.statement.map { " after its \($0.printable)" } ?? ""
            return .findings([
                finding(
                    age, "idle", threshold: threshold, subject: observation.address,
                    evidence: [
                        Evidence("sessions", Double(long.count), "count"), Evidence("pid", Double(worst.pid), "pid"),
                    ],
                    summary: "\(PostgreSQLWords.name(worst)) keeps a transaction open and has done nothing for "
                        + "\(PostgreSQLWords.duration(seconds: age))\(statement)\(others): its locks stay, and VACUUM "
                        + "cannot clean up",
                    remedies: [PostgreSQLRemedies.endHolder, PostgreSQLRemedies.idleTimeout])
            ])
        }
        guard case .available(let activity) = observation.wholeActivity else {
            return unmeasured(observation.wholeActivity)
        }
        return .healthy([
            Evidence("idle", sessions.first?.stateAge ?? 0, threshold.unit),
            Evidence("looks", Double(activity.looks), "count"),
        ])
    }
}
