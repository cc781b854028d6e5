import PerfModel

extension PostgreSQLObservation {
    /// What all checks say, and what the server is.
    package func report(thresholds: [String: CheckThreshold]) -> ServerReport {
        var report = ServerReport(facts: facts)
        report.ask(PostgreSQLRTTCheck.self, self, thresholds)
        report.ask(PostgreSQLConnectionsCheck.self, self, thresholds)
        report.ask(PostgreSQLLockCheck.self, self, thresholds)
        report.ask(PostgreSQLIdleTransactionCheck.self, self, thresholds)
        report.ask(PostgreSQLLongTransactionCheck.self, self, thresholds)
        report.ask(PostgreSQLWaitsCheck.self, self, thresholds)
        report.ask(PostgreSQLSlowCheck.self, self, thresholds)
        report.ask(PostgreSQLHitCheck.self, self, thresholds)
        report.ask(PostgreSQLPoolCheck.self, self, thresholds)
        return report
    }

    private var facts: [ServerReport.Fact] {
        var facts: [ServerReport.Fact] = []
        if let identity = identity.value {
            facts.append(ServerReport.Fact("version", identity.version.printable))
            facts.append(
                ServerReport.Fact("role", identity.isReplica ? "replica: it only reads, and may lag" : "primary"))
            facts.append(ServerReport.Fact("sees", identity.seesAll ? "all sessions" : "its own sessions"))
        }
        if let limits = limits.value, let connections = connections.value {
            facts.append(ServerReport.Fact("connections", "\(connections.used) of \(limits.usable)"))
        }
        return facts
    }
}
