import PerfModel

/// Statements that took the most time while we looked.
package enum PostgreSQLSlowCheck: ServerCheck {
    package static let id = "pg.slow"
    package static let resource = Resource.database
    package static let explanation = "Which statements take the server's time, and are they slow?"
    package static let source =
        "pg_stat_statements(false) twice: ranked by the difference of total_exec_time, mean of the difference"
    package static let trap =
        "means since the counters began say nothing of now; a statement is counted when it ends; texts of all may have "
        + "hundreds of megabytes"
    package static let threshold = CheckThreshold(100, 1000, unit: "milliseconds", origin: "guides A and B")

    /// Ranks that are looked at.
    private static let ranks = 10

    package static func outcome(of observation: PostgreSQLObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let statements) = observation.statements else {
            return unmeasured(observation.statements)
        }
        let all = statements.totals.reduce(0) { $0 + $1.time }
        let slow = statements.totals.prefix(ranks).filter { threshold.severity(of: $0.mean) != nil }
        guard slow.isEmpty else {
            return .findings(
                slow.prefix(5).map { statement in
                    let share = all > 0 ? statement.time / all : 0
                    let name = statement.text ?? "statement \(statement.key.query.printable)"
                    return finding(
                        statement.mean, "mean_exec_time", threshold: threshold, subject: observation.address,
                        evidence: [
                            Evidence("calls", statement.calls, "count"),
                            Evidence("total_exec_time", statement.time, "milliseconds"),
                            Evidence("time_share", share, "ratio"),
                        ],
                        summary:
                            "\(name) takes \(PostgreSQLWords.duration(seconds: statement.mean / 1000)) on average, "
                            + "\(PostgreSQLWords.percent(share)) of the time of all statements",
                        remedies: [PostgreSQLRemedies.index, PostgreSQLRemedies.batches])
                })
        }
        guard !statements.hasHidden else {
            return .unmeasured(
                reason: "this role may not see others' statements", remedy: PostgreSQLObservation.right)
        }
        return .healthy([
            Evidence("slowest_mean", statements.totals.prefix(ranks).map { $0.mean }.max() ?? 0, threshold.unit),
            Evidence("statements", Double(statements.totals.count), "count"),
        ])
    }
}
