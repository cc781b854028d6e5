import PerfClients
import PerfModel

/// Looks into a PgBouncer through its console, with ``PgBouncerStatements`` alone.
package final class PgBouncerObserver: ServerObserver {
    private typealias Table = PostgreSQLConnection.Table

    private let server: PostgreSQLServer
    private var connection: PostgreSQLConnection?
    private var version = Availability<String>.unavailable(reason: "it was not asked for", remedy: nil)
    private var configuration = Availability<[String: String]>.unavailable(reason: "not asked for", remedy: nil)
    private var pools = Availability<[PgBouncerPool]>.available([])
    private var looks = 0

    package init(of server: PostgreSQLServer) { self.server = server }

    package var interval: Duration { .milliseconds(500) }

    package func begin(before deadline: UInt64) throws(ProbeFailure) {
        connection = try server.connect(before: deadline)
        version = read(PgBouncerStatements.version, before: deadline).flatMap { table in
            (table.rows.first?.first ?? nil).map { .available($0) }
                ?? .unavailable(reason: "the console does not say", remedy: nil)
        }
        configuration = read(PgBouncerStatements.configuration, before: deadline).map { table in
            var all: [String: String] = [:]
            for row in table.rows where row.count >= 2 {
                if let key = row[0], let value = row[1] { all[key] = value }
            }
            return all
        }
        look(before: deadline)
    }

    package func look(before deadline: UInt64) {
        switch (pools, read(PgBouncerStatements.pools, before: deadline)) {
        case (.available(var known), .available(let table)):
            pools =
                known.add(table)
                ? .available(known)
                : .unavailable(reason: "SHOW POOLS has other columns than PgBouncer's", remedy: nil)
            looks += 1
        case (.available, .unavailable(let reason, let remedy)) where looks == 0:
            pools = .unavailable(reason: reason, remedy: remedy)
        case (.unavailable, .available(let table)) where looks == 0:
            var known: [PgBouncerPool] = []
            if known.add(table) { pools = .available(known) }
            looks += 1
        // What was seen before stays seen.
        case (.available, .unavailable), (.unavailable, _): break
        }
    }

    package func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport {
        look(before: deadline)
        return PgBouncerObservation(
            address: server.address, version: version, pools: pools, configuration: configuration
        ).report(thresholds: thresholds)
    }

    /// An answer, or why there is none; a connection that was lost is made anew.
    private func read(_ statement: StaticString, before deadline: UInt64) -> Availability<Table> {
        do throws(ProbeFailure) {
            if connection == nil { connection = try server.connect(before: deadline) }
            guard let usable = connection else { return .unavailable(reason: "there is no connection", remedy: nil) }
            do throws(PostgreSQLError) { return .available(try usable.table(statement, before: deadline)) } catch {
                let failure = ProbeFailure(error)
                if !failure.isConnectionUsable { connection = nil }
                throw failure
            }
        } catch {
            return .unavailable(reason: error.summary, remedy: error.remedy)
        }
    }
}
