import PerfClients
import PerfModel

/// A Redis server, asked with PING.
package struct RedisTarget: ProbeTarget {
    package static let schemes = RedisAddress.schemes

    private let server: RedisAddress
    private let socket: SocketAddress

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        try targets(of: url, environment: PostgreSQLAddress.variable, before: deadline)
    }

    /// The same, with another environment.
    package static func targets(
        of url: ServerURL, environment: (String) -> String?, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        do throws(RedisError) {
            let server = try RedisAddress(url, environment: environment)
            return try RedisConnection.sockets(of: server, before: deadline).map {
                RedisTarget(server: server, socket: $0)
            }
        } catch { throw ProbeFailure(error) }
    }

    package var url: String { server.url.description }
    package var address: String { socket.description }
    package var method: String { "PING" }
    package var limits: [LatencyLimit] {
        [LatencyLimit(quantile: 0.99, latency: .milliseconds(100), origin: "guide A")]
    }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        do throws(RedisError) {
            return RedisProber(try RedisConnection(to: socket, of: server, before: deadline))
        } catch { throw ProbeFailure(error) }
    }

    package func observer() -> (any ServerObserver)? { RedisObserver(of: server, at: socket) }

    package func keyMetricReader() -> (any KeyMetricReader)? { RedisKeyReader(of: server, at: socket) }

    package func findings(of failure: ProbeFailure) -> [Finding] {
        switch failure.kind {
        case .tooManyClients:
            [
                Finding(
                    id: RedisClientsCheck.id, severity: .critical, resource: .cache, family: .probe,
                    summary: "\(address) has as many clients as it takes, and turns away who comes", subject: address,
                    evidence: [], remedies: RedisRemedies.clients)
            ]
        case .notReady:
            [
                Finding(
                    id: RedisRTTCheck.id, severity: .critical, resource: .cache, family: .probe,
                    summary: failure.summary, subject: address, evidence: [],
                    remedies: failure.remedy.map { [Remedy($0)] } ?? [])
            ]
        case .errorAnswer where failure.summary.contains(": BUSY "):
            [
                Finding(
                    id: RedisSlowCheck.id, severity: .critical, resource: .cache, family: .probe,
                    summary: "a script keeps \(address) from all else", subject: address, evidence: [],
                    remedies: failure.remedy.map { [Remedy($0)] } ?? [])
            ]
        default: []
        }
    }
}
