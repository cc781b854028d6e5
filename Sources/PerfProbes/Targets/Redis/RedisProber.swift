import PerfClients

/// Round trips of PING on one connection.
package final class RedisProber: Prober {
    private let connection: RedisConnection

    init(_ connection: RedisConnection) { self.connection = connection }

    package var connecting: [ProbePhase] {
        let times = connection.connecting
        var phases = [ProbePhase(connection.socket.port == nil ? "connect" : "tcp", nanoseconds: times.socket)]
        if let tls = times.tls { phases.append(ProbePhase("tls", nanoseconds: tls)) }
        if let time = times.authentication { phases.append(ProbePhase("auth", nanoseconds: time)) }
        return phases
    }

    package func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let answer: RedisConnection.Answer
        do throws(RedisError) { answer = try connection.ask(.ping, before: deadline) } catch {
            throw ProbeFailure(error)
        }
        guard answer.reply == .status("PONG") else {
            throw ProbeFailure(
                .garbage, "\(connection.socket) answered PING with something else than PONG",
                remedy: "correct host and port: this may be another kind of server")
        }
        return ProbeAnswer(sentAt: answer.sentAt, receivedAt: answer.receivedAt)
    }
}
