import PerfClients
import PerfModel

/// A PostgreSQL server, asked with SELECT 1.
package struct PostgreSQLTarget: ProbeTarget {
    package static let schemes = ["postgres", "postgresql"]

    package let url: String
    /// What `pools` of perfdoctor.json says.
    package var pools: [PostgreSQLPool] = []
    private let server: PostgreSQLServer

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        try PostgreSQLServer.all(of: url, port: 5432, database: nil, before: deadline).map {
            PostgreSQLTarget(url: $0.location.description, server: $0)
        }
    }

    private init(url: String, server: PostgreSQLServer) {
        self.url = url
        self.server = server
    }

    package var address: String { server.address }
    package var method: String { "SELECT 1" }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        PostgreSQLProber(
            try server.connect(before: deadline), isSocket: server.isSocket, question: PostgreSQLStatements.ping)
    }

    package func observer() -> (any ServerObserver)? { PostgreSQLObserver(of: server, pools: pools) }

    package func keyMetricReader() -> (any KeyMetricReader)? { PostgreSQLKeyReader(of: server) }

    package func findings(of failure: ProbeFailure) -> [Finding] {
        let remedies = failure.remedy.map { [Remedy($0)] } ?? []
        switch failure.kind {
        case .tooManyClients where failure.summary.contains("max_client_conn"):
            return [
                Finding(
                    id: PgBouncerWaitCheck.id, severity: .critical, resource: .database, family: .probe,
                    summary: "\(address) is a PgBouncer that has as many clients as it takes, and turns away who comes",
                    subject: address, evidence: [],
                    remedies: [
                        Remedy(
                            "raise max_client_conn, and the limit of open files with it: the guide's 10000 clients "
                                + "need 10,062 of them", source: "guide B, corrected")
                    ])
            ]
        case .tooManyClients:
            return [
                Finding(
                    id: PostgreSQLConnectionsCheck.id, severity: .critical, resource: .database, family: .probe,
                    summary: "\(address) has as many clients as it takes, and turns away who comes",
                    subject: address, evidence: [], remedies: PostgreSQLRemedies.connections)
            ]
        case .notReady:
            return [
                Finding(
                    id: PostgreSQLRTTCheck.id, severity: .critical, resource: .database, family: .probe,
                    summary: failure.summary, subject: address, evidence: [], remedies: remedies)
            ]
        default: return []
        }
    }
}
