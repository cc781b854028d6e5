import PerfClients
import PerfModel

/// The console of a PgBouncer, asked with SHOW VERSION: `pgbouncer://stats@host:6432`.
package struct PgBouncerTarget: ProbeTarget {
    package static let schemes = ["pgbouncer"]

    package let url: String
    private let server: PostgreSQLServer

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        guard url.path.isEmpty || url.path == "/" || url.path == "/pgbouncer" else {
            throw ProbeFailure(
                .badURL, "\(url) names a database, and PgBouncer's console is none of them",
                remedy: "write pgbouncer://USER@HOST:PORT; postgres://…\(url.path.printable) asks through the pool")
        }
        return try PostgreSQLServer.all(of: url, port: 6432, database: "pgbouncer", before: deadline).map {
            PgBouncerTarget(url: url.description, server: $0)
        }
    }

    private init(url: String, server: PostgreSQLServer) {
        self.url = url
        self.server = server
    }

    package var address: String { server.address }
    package var method: String { PgBouncerStatements.version.description }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        PostgreSQLProber(
            try server.connect(before: deadline), isSocket: server.isSocket, question: PgBouncerStatements.version)
    }

    package func observer() -> (any ServerObserver)? { PgBouncerObserver(of: server) }
}
