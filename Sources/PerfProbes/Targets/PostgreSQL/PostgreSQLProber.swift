import PerfClients
import PerfLinux

/// Round trips of one question on one connection, to a PostgreSQL server or to PgBouncer's console.
package final class PostgreSQLProber: Prober {
    private let connection: PostgreSQLConnection
    private let isSocket: Bool
    private let question: StaticString

    init(_ connection: PostgreSQLConnection, isSocket: Bool, question: StaticString) {
        self.connection = connection
        self.isSocket = isSocket
        self.question = question
    }

    package var connecting: [ProbePhase] {
        guard let times = connection.connecting else { return [] }
        var phases = [ProbePhase(isSocket ? "connect" : "tcp", nanoseconds: times.socket)]
        if let time = times.encryption { phases.append(ProbePhase("tls", nanoseconds: time)) }
        phases.append(ProbePhase("auth", nanoseconds: times.authentication))
        return phases
    }

    package func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let sent = MonotonicClock.nanoseconds
        let answer: PostgreSQLConnection.Table
        do throws(PostgreSQLError) { answer = try connection.table(question, before: deadline) } catch {
            throw ProbeFailure(error)
        }
        let received = MonotonicClock.nanoseconds
        guard answer.rows.count == 1 else {
            throw ProbeFailure(
                .garbage, "\(connection.address) answered with \(answer.rows.count) rows instead of one",
                remedy: "correct host and port: this may be another kind of server")
        }
        return ProbeAnswer(sentAt: sent, receivedAt: received)
    }
}
