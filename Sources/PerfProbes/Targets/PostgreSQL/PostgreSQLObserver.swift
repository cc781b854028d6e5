import PerfClients
import PerfLinux
import PerfModel

/// Looks into a PostgreSQL server on a connection of its own, with ``PostgreSQLStatements`` alone.
package final class PostgreSQLObserver: ServerObserver {
    private typealias Table = PostgreSQLConnection.Table

    /// Looks between two counts of connections, and between two questions for how long locks are waited for.
    private static let slowEvery = 10
    /// Statements whose text is asked for.
    private static let texts = 10

    private let server: PostgreSQLServer
    private let pools: [PostgreSQLPool]
    private let reader: PostgreSQLReader
    private var identity = Availability<PostgreSQLIdentity>.unavailable(reason: "it was not asked for", remedy: nil)
    private var limits = Availability<PostgreSQLLimits>.unavailable(reason: "they were not asked for", remedy: nil)
    private var connections = PostgreSQLConnections()
    private var connectionsFailure: Availability<Table>?
    private var activity = PostgreSQLActivity()
    private var activityFailure: Availability<Table>?
    private var blocks = Availability<PostgreSQLObservation.Blocks>.unavailable(reason: "not asked for", remedy: nil)
    private var statements = Availability<PostgreSQLObservation.Statements>.unavailable(
        reason: "not asked for", remedy: nil)
    private var looks = 0
    /// Nanoseconds of CLOCK_MONOTONIC when a backend was first seen waiting for a lock.
    private var waitingSince: [Int32: UInt64] = [:]

    package init(of server: PostgreSQLServer, pools: [PostgreSQLPool] = []) {
        self.server = server
        self.pools = pools
        reader = PostgreSQLReader(server)
    }

    package var interval: Duration { .milliseconds(100) }

    package func begin(before deadline: UInt64) throws(ProbeFailure) {
        try reader.connect(before: deadline)
        identity = meaning(of: reader.read(PostgreSQLStatements.identity, before: deadline)) { PostgreSQLIdentity($0) }
        limits = meaning(of: reader.read(PostgreSQLStatements.settings, before: deadline)) { PostgreSQLLimits($0) }
        statements = readStatements(before: deadline)
        blocks = readBlocks(before: deadline)
        countConnections(before: deadline)
    }

    package func look(before deadline: UInt64) {
        let table = reader.read(PostgreSQLStatements.sessions, before: deadline)
        guard case .available(let found) = table else {
            activity.failedLooks += 1
            activityFailure = table
            return
        }
        looks += 1
        var sessions = found.rows.compactMap { PostgreSQLSession($0) }
        addLockWaits(to: &sessions, before: deadline)
        activity.add(sessions)
        if looks % Self.slowEvery == 0 { countConnections(before: deadline) }
    }

    package func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport {
        look(before: deadline)
        countConnections(before: deadline)
        let (first, firstBlocks) = (statements, blocks)
        let last = readStatements(before: deadline)
        let lastBlocks = readBlocks(before: deadline)
        let connecting = reader.connecting
        return PostgreSQLObservation(
            address: server.address, identity: identity, limits: limits,
            connections: connections.samples.isEmpty
                ? Self.nothing(connectionsFailure) : .available(connections),
            activity: activity.looks == 0 ? Self.nothing(activityFailure) : .available(activity),
            blocks: firstBlocks.flatMap { first in
                lastBlocks.map { .init(hits: $0.hits - first.hits, reads: $0.reads - first.reads) }
            },
            statements: first.flatMap { first in
                last.map { last in
                    let difference = PostgreSQLStatementTotals.difference(first.totals, last.totals)
                    return .init(
                        totals: addTexts(to: difference, before: deadline), hasHidden: first.hasHidden || last.hasHidden
                    )
                }
            },
            pools: pools, client: client, connecting: connecting?.socket, authenticating: connecting?.authentication
        ).report(thresholds: thresholds)
    }

    // MARK: Questions

    private static func nothing<Value>(_ failure: Availability<Table>?) -> Availability<Value> {
        failure?.flatMap { _ in .unavailable(reason: "the server does not say", remedy: nil) }
            ?? .unavailable(reason: "the time was too short", remedy: "probe for longer")
    }

    private func meaning<Value: Sendable>(
        of table: Availability<Table>, _ body: ([[String?]]) -> Value?
    ) -> Availability<Value> {
        table.flatMap { table in
            body(table.rows).map { .available($0) }
                ?? .unavailable(reason: "the server answered in another form than PostgreSQL does", remedy: nil)
        }
    }

    private func countConnections(before deadline: UInt64) {
        let table = reader.read(PostgreSQLStatements.connections, before: deadline)
        if case .available(let found) = table { connections.add(found.rows) } else { connectionsFailure = table }
    }

    /// Adds for how long locks are waited for: as the server says it, else as long as we have seen it.
    private func addLockWaits(to sessions: inout [PostgreSQLSession], before deadline: UInt64) {
        let now = MonotonicClock.nanoseconds
        let waiting = Set(sessions.lazy.filter { !$0.blockers.isEmpty }.map { $0.pid })
        let isNew = waiting.contains { waitingSince[$0] == nil }
        waitingSince = waitingSince.filter { waiting.contains($0.key) }
        guard !waiting.isEmpty else { return }
        // Locks of all are listed under the locks of the lock table: once for each new wait, not ten times a second.
        if isNew, identity.value?.knowsLockWaits == true,
            case .available(let table) = reader.read(PostgreSQLStatements.lockWaits, before: deadline)
        {
            for row in table.rows where row.count == 2 {
                guard let pid = row[0].flatMap({ Int32($0) }), let age = row[1].flatMap({ Double($0) }),
                    waiting.contains(pid), age >= 0, age < 1e8
                else { continue }
                waitingSince[pid] = now - min(now, UInt64(age * 1e9))
            }
        }
        for index in sessions.indices where waiting.contains(sessions[index].pid) {
            let since = waitingSince[sessions[index].pid] ?? now
            waitingSince[sessions[index].pid] = since
            sessions[index].lockWait = Double(now - min(now, since)) / 1e9
        }
    }

    private func readBlocks(before deadline: UInt64) -> Availability<PostgreSQLObservation.Blocks> {
        meaning(of: reader.read(PostgreSQLStatements.database, before: deadline)) { rows in
            guard let row = rows.first, row.count == 2, let hits = row[0].flatMap({ Int64($0) }),
                let reads = row[1].flatMap({ Int64($0) })
            else { return nil }
            return .init(hits: hits, reads: reads)
        }
    }

    private func readStatements(before deadline: UInt64) -> Availability<PostgreSQLObservation.Statements> {
        let table = reader.read(PostgreSQLStatements.statementsCatalog, before: deadline)
        guard case .available(let catalog) = table else {
            return table.flatMap { _ in .unavailable(reason: "the server does not say", remedy: nil) }
        }
        switch catalog.rows.first?.first ?? nil {
        case "t": break
        case "f":
            return .unavailable(
                reason: "pg_stat_statements is older than 1.8, of PostgreSQL 13",
                remedy: "ALTER EXTENSION pg_stat_statements UPDATE")
        default:
            return .unavailable(
                reason: "the extension pg_stat_statements is not in this database",
                remedy: "shared_preload_libraries = 'pg_stat_statements', a restart, and CREATE EXTENSION "
                    + "pg_stat_statements")
        }
        let read = reader.read(
            PostgreSQLStatements.statements, after: PostgreSQLStatements.statementsPath, before: deadline)
        if case .unavailable(let reason, _) = read, reason.contains("(55000)") {
            return .unavailable(
                reason: "pg_stat_statements is not loaded",
                remedy: "shared_preload_libraries = 'pg_stat_statements', and a restart")
        }
        return read.map { table in
            let totals = table.rows.compactMap { PostgreSQLStatementTotals($0) }
            return .init(totals: totals, hasHidden: totals.count < table.rows.count)
        }
    }

    /// Texts of those that took the most time; without one where it cannot be had.
    private func addTexts(
        to totals: [PostgreSQLStatementTotals], before deadline: UInt64
    ) -> [PostgreSQLStatementTotals] {
        let wanted = totals.prefix(Self.texts).map { $0.key.query }
        guard !wanted.isEmpty else { return totals }
        let table = reader.read(
            PostgreSQLStatements.statementTexts, ["{\(wanted.joined(separator: ","))}"],
            after: PostgreSQLStatements.statementsPath, before: deadline)
        guard case .available(let found) = table else { return totals }
        var texts: [String: String] = [:]
        for row in found.rows where row.count == 2 {
            if let query = row[0], let text = row[1] { texts[query] = PostgreSQLStatementText.shown(text) }
        }
        return totals.map { statement in
            var statement = statement
            statement.text = texts[statement.key.query]
            return statement
        }
    }
}
