import PerfClients
import PerfModel

/// One address of an HTTP server, asked with GET on a connection that is kept.
///
/// A stream of events is asked for its first event.
package struct HTTPTarget: ProbeTarget {
    package static let schemes = ["http", "https"]

    private let server: HTTPAddress
    private let socket: SocketAddress
    /// Nanoseconds that its name took; nil for an address, which is none.
    private let resolution: UInt64?
    private let tally = HTTPTally()

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        try targets(of: url, environment: PostgreSQLAddress.variable, before: deadline)
    }

    /// The same, with another environment.
    package static func targets(
        of url: ServerURL, environment: (String) -> String?, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        do throws(HTTPError) {
            let server = try HTTPAddress(url, environment: environment)
            let found = try HTTPClient.sockets(of: server, before: deadline)
            return found.sockets.map { socket in
                HTTPTarget(
                    server: server, socket: socket, resolution: server.url.host == socket.host ? nil : found.resolution)
            }
        } catch { throw ProbeFailure(error) }
    }

    private init(server: HTTPAddress, socket: SocketAddress, resolution: UInt64?) {
        self.server = server
        self.socket = socket
        self.resolution = resolution
    }

    package var url: String { server.url.description }
    package var address: String { socket.description }
    package var method: String { "GET" }
    package var limits: [LatencyLimit] {
        [
            LatencyLimit(quantile: 0.95, latency: .milliseconds(500), origin: "guides A and B"),
            LatencyLimit(quantile: 0.99, latency: .seconds(1), origin: "guide B"),
        ]
    }

    /// The first question connects: what fails is that question.
    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        do throws(HTTPError) {
            let client = try HTTPClient(to: socket, of: server, options: HTTPClient.Options(isDecoded: false))
            return HTTPProber(client, resolution: resolution, tally: tally)
        } catch { throw ProbeFailure(error) }
    }

    package func observer() -> (any ServerObserver)? {
        HTTPObserver(of: server, at: socket, resolution: resolution, tally: tally)
    }

    package func findings(of failure: ProbeFailure) -> [Finding] {
        guard failure.kind == .tls, failure.summary.contains(HTTPError.expiredWords) else { return [] }
        return [
            Finding(
                id: HTTPCertificateCheck.id, severity: .critical, resource: HTTPCertificateCheck.resource,
                family: .probe,
                summary: failure.summary, subject: address, evidence: [], remedies: [HTTPRemedies.renew])
        ]
    }
}
