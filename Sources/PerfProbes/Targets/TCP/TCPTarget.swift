import PerfClients
import PerfModel

/// `tcp://host:port`: how long a connection takes.
package struct TCPTarget: ProbeTarget {
    package static let schemes = ["tcp"]

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        guard let port = url.port else {
            throw ProbeFailure(.badURL, "\(url) names no port", remedy: "write tcp://host:port")
        }
        return try HostAddress.all(of: url.host, port: port, before: deadline).map {
            TCPTarget(url: url.description, host: $0)
        }
    }

    package let url: String
    let host: HostAddress
    package var address: String { host.description }
    package var method: String { "tcp connect" }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober { TCPProber(host) }
}

/// Each question is a new connection.
final class TCPProber: Prober {
    private let address: HostAddress
    let connecting: [ProbePhase] = []

    init(_ address: HostAddress) { self.address = address }

    func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        do throws(ProbeFailure) {
            let times = try TCPConnection.open(address, before: deadline)
            return ProbeAnswer(sentAt: times.sentAt, receivedAt: times.receivedAt)
        } catch {
            var failure = error
            // There is nothing to connect to before.
            failure.isConnectionUsable = true
            throw failure
        }
    }
}
