import PerfClients
import PerfLinux
import PerfModel

/// How long statements take by pg_stat_statements, and for how long the longest one runs now.
final class PostgreSQLKeyReader: KeyMetricReader {
    /// Totals of all statements may be thousands of rows: nanoseconds from one to the next.
    private static let pause: UInt64 = 10_000_000_000

    private let server: PostgreSQLServer
    private let reader: PostgreSQLReader
    private var isConnected = false
    private var totals: [PostgreSQLStatementTotals]?
    private var totalsAt: UInt64 = 0
    private var mean: Availability<Double> = .unavailable(reason: "it takes a second look, after 10 s", remedy: nil)

    let metrics: [KeyMetric] = [.databaseTime]

    init(of server: PostgreSQLServer) {
        self.server = server
        reader = PostgreSQLReader(server)
    }

    func read(before deadline: UInt64) throws(ProbeFailure) -> [KeyMetric: Availability<KeyReading>] {
        if !isConnected {
            try reader.connect(before: deadline)
            isConnected = true
        }
        let now = MonotonicClock.nanoseconds
        if totalsAt == 0 || now &- totalsAt >= Self.pause {
            totalsAt = now
            mean = readMean(before: deadline)
        }
        let table = reader.read(PostgreSQLStatements.sessions, before: deadline)
        let reading: Availability<KeyReading> = table.flatMap { table in
            let sessions = table.rows.compactMap { PostgreSQLSession($0) }
            let own = PostgreSQLSession.ownApplication
            let longest = sessions.filter { $0.isActive && $0.application != own }.compactMap(\.stateAge).max()
            let waiting = sessions.count { !$0.blockers.isEmpty }
            let note = waiting > 0 ? "\(waiting) wait for a lock" : ""
            let figure = KeyReading.Figure("longest now", max(0, longest ?? 0))
            guard case .available(let mean) = mean else {
                guard case .unavailable(let reason, _) = mean else { return .unavailable(reason: "", remedy: nil) }
                // Who sees no state of others' sessions sees no statement that runs.
                if longest == nil, sessions.contains(where: { $0.state == nil }) {
                    return .unavailable(
                        reason: "this role sees no statements of others, and \(reason)",
                        remedy: "GRANT pg_monitor TO it")
                }
                return .available(
                    KeyReading(
                        figure, note: ([note, "no average: \(reason)"].filter { !$0.isEmpty }).joined(separator: "; ")))
            }
            return .available(KeyReading(KeyReading.Figure("avg", mean), [figure], note: note))
        }
        return [.databaseTime: reading]
    }

    /// Milliseconds of all statements since the last look over their calls, in seconds.
    private func readMean(before deadline: UInt64) -> Availability<Double> {
        let catalog = reader.read(PostgreSQLStatements.statementsCatalog, before: deadline)
        if case .unavailable(let reason, let remedy) = catalog { return .unavailable(reason: reason, remedy: remedy) }
        guard catalog.value?.rows.first?.first == "t" else {
            return .unavailable(
                reason: "pg_stat_statements is not in this database",
                remedy: "shared_preload_libraries = 'pg_stat_statements', a restart, and CREATE EXTENSION "
                    + "pg_stat_statements")
        }
        let read = reader.read(
            PostgreSQLStatements.statements, after: PostgreSQLStatements.statementsPath, before: deadline)
        return read.flatMap { table in
            let now = table.rows.compactMap { PostgreSQLStatementTotals($0) }
            defer { totals = now }
            guard let before = totals else {
                return .unavailable(reason: "it takes a second look, after 10 s", remedy: nil)
            }
            let change = PostgreSQLStatementTotals.difference(before, now)
            let calls = change.reduce(0) { $0 + $1.calls }
            guard calls > 0 else { return .unavailable(reason: "no statement ended in the last 10 s", remedy: nil) }
            return .available(change.reduce(0) { $0 + $1.time } / calls / 1e3)
        }
    }
}
