import PerfModel

/// Transactions that work for very long.
package enum PostgreSQLLongTransactionCheck: ServerCheck {
    package static let id = "pg.longtx"
    package static let resource = Resource.database
    package static let explanation = "Are there transactions that run for minutes?"
    package static let source = "pg_stat_activity: now - xact_start of sessions that are not idle in transaction"
    package static let trap =
        "a backup or a report is meant to take long; what is idle in a transaction is pg.idletx's, not counted twice"
    package static let threshold = CheckThreshold(120, unit: "seconds", origin: "awesome-prometheus-alerts")

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let seen) = observation.activity else { return unmeasured(observation.activity) }
        let sessions = seen.long.values.sorted { ($0.transactionAge ?? 0, $1.pid) > ($1.transactionAge ?? 0, $0.pid) }
        let long = sessions.filter { threshold.severity(of: $0.transactionAge ?? 0) != nil }
        if let worst = long.first, let age = worst.transactionAge {
            let others = long.count == 1 ? "" : ", and \(Quantity.counted(Int64(long.count - 1), "other")) as well"
            let statement = worst.statement.map { ", now in its \($0.printable)" } ?? ""
            return .findings([
                finding(
                    age, "transaction_age", threshold: threshold, subject: observation.address,
                    evidence: [
                        Evidence("sessions", Double(long.count), "count"), Evidence("pid", Double(worst.pid), "pid"),
                    ],
                    summary: "\(PostgreSQLWords.name(worst)) has a transaction of "
                        + "\(PostgreSQLWords.duration(seconds: age))\(statement)\(others)",
                    remedies: [PostgreSQLRemedies.shortTransactions, PostgreSQLRemedies.index])
            ])
        }
        guard case .available(let activity) = observation.wholeActivity else {
            return unmeasured(observation.wholeActivity)
        }
        return .healthy([
            Evidence("transaction_age", sessions.first?.transactionAge ?? 0, threshold.unit),
            Evidence("looks", Double(activity.looks), "count"),
        ])
    }
}
