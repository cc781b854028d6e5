import PerfClients
import PerfLinux
import PerfModel

/// Asks a PostgreSQL server in transactions that cannot write, and that give up by themselves.
///
/// The limits are set in each transaction and read back: a pooler may drop what a client asks for when it connects.
final class PostgreSQLReader {
    typealias Table = PostgreSQLConnection.Table

    private let server: PostgreSQLServer
    private var connection: PostgreSQLConnection?

    init(_ server: PostgreSQLServer) { self.server = server }

    /// How long the parts of connecting took; nil while there is no connection.
    var connecting: PostgreSQLConnection.Connecting? { connection?.connecting }

    func connect(before deadline: UInt64) throws(ProbeFailure) {
        connection = try server.connect(before: deadline)
    }

    /// One answer, or why there is none; a connection that was lost is made anew.
    ///
    /// - Parameters:
    ///   - statement: of ``PostgreSQLStatements``.
    ///   - parameters: nil for none.
    ///   - first: is run before it in the same transaction.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: the answer, or the reason and what to do.
    func read(
        _ statement: StaticString, _ parameters: [String?]? = nil, after first: StaticString? = nil,
        before deadline: UInt64
    ) -> Availability<Table> {
        do throws(ProbeFailure) {
            if connection == nil { try connect(before: deadline) }
            guard let connection else { return .unavailable(reason: "there is no connection", remedy: nil) }
            do throws(PostgreSQLError) {
                try connection.table(PostgreSQLStatements.begin, before: deadline)
                try connection.table(PostgreSQLStatements.statementTimeout, before: deadline)
                try connection.table(PostgreSQLStatements.lockTimeout, before: deadline)
                let times = try [
                    connection.table(PostgreSQLStatements.showStatementTimeout, before: deadline),
                    connection.table(PostgreSQLStatements.showLockTimeout, before: deadline),
                ].map { $0.rows.first?.first ?? nil }
                guard times == ["2s", "100ms"] else {
                    try connection.table(PostgreSQLStatements.rollback, before: deadline)
                    return .unavailable(
                        reason: "the server did not take the time limits, without which nothing is asked", remedy: nil)
                }
                if let first { try connection.table(first, before: deadline) }
                let table = try connection.table(statement, parameters, before: deadline)
                try connection.table(PostgreSQLStatements.commit, before: deadline)
                return .available(table)
            } catch {
                let failure = ProbeFailure(error)
                rollBack(failure, before: deadline)
                return .unavailable(reason: failure.summary, remedy: failure.remedy)
            }
        } catch {
            return .unavailable(reason: error.summary, remedy: error.remedy)
        }
    }

    private func rollBack(_ failure: ProbeFailure, before deadline: UInt64) {
        guard failure.isConnectionUsable, let connection else {
            self.connection = nil
            return
        }
        do throws(PostgreSQLError) {
            try connection.table(PostgreSQLStatements.rollback, before: deadline)
        } catch {
            // Hanging up undoes it as well.
            self.connection = nil
        }
    }
}
