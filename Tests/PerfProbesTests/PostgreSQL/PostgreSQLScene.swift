import PerfModel

@testable import PerfProbes

/// What a server would show, without one.
enum PostgreSQLScene {
    static let client = ClientLatency(median: 300_000, p99: 900_000, count: 1000, network: 200_000)

    /// Nobody waits, nothing is slow.
    static func healthy(seesAll: Bool = true) -> PostgreSQLObservation {
        var activity = PostgreSQLActivity()
        for _ in 0..<50 {
            activity.add([
                PostgreSQLSession(pid: 10, application: "web", state: "active", transactionAge: 0.2, stateAge: 0.1)
            ])
        }
        return PostgreSQLObservation(
            address: "10.0.0.5:5432",
            identity: .available(
                PostgreSQLIdentity(version: "16.4", isReplica: false, seesAll: seesAll, knowsLockWaits: true)),
            limits: .available(PostgreSQLLimits(most: 100, reservedForSuperusers: 3)),
            connections: .available(connections([20, 21, 20])), activity: .available(activity),
            blocks: .available(.init(hits: 99_990, reads: 10)),
            statements: .available(.init(totals: [statement("1", calls: 100, time: 50)])), client: client,
            connecting: 200_000, authenticating: 4_000_000)
    }

    static func connections(_ counts: [Int], application: String = "web") -> PostgreSQLConnections {
        let owner = PostgreSQLConnections.Owner(application: application, client: "10.0.0.9")
        return PostgreSQLConnections(samples: counts.map { [owner: $0] })
    }

    static func statement(
        _ query: String, calls: Double, time: Double, text: String? = nil
    ) -> PostgreSQLStatementTotals {
        PostgreSQLStatementTotals(key: .init(database: "5", query: query), calls: calls, time: time, text: text)
    }

    static func activity(_ sessions: [PostgreSQLSession]) -> Availability<PostgreSQLActivity> { activity(1, sessions) }

    static func activity(_ looks: Int, _ sessions: [PostgreSQLSession]) -> Availability<PostgreSQLActivity> {
        var activity = PostgreSQLActivity()
        for _ in 0..<looks { activity.add(sessions) }
        return .available(activity)
    }

    /// A healthy server in which something else is so.
    static func changed(_ body: (inout PostgreSQLObservation) -> Void) -> PostgreSQLObservation {
        var observation = healthy()
        body(&observation)
        return observation
    }
}

extension CheckOutcome {
    var found: [Finding] { if case .findings(let found) = self { found } else { [] } }
    var isHealthy: Bool { if case .healthy = self { true } else { false } }
    var unmeasuredReason: String? { if case .unmeasured(let reason, _) = self { reason } else { nil } }
    var remedy: String? { if case .unmeasured(_, let remedy) = self { remedy } else { nil } }
}

extension ServerCheck {
    static func outcome(_ observation: Observation) -> CheckOutcome {
        outcome(of: observation, threshold: threshold)
    }
}
