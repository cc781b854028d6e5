import CPerfLinux
import Glibc
import PerfClients
import PerfLinux
import PerfModel

/// `ping://host`: round trips of ICMP echo, of TCP connects where echo is not ours to send or not answered.
///
/// A host that does not answer ICMP is not down; `ping://host:port` names the port that is tried then, 443 and 80 else.
package struct PingTarget: ProbeTarget {
    package static let schemes = ["ping"]

    enum Way: Hashable, Sendable {
        case datagram, raw
        case connect(port: UInt16)
    }

    package static func targets(
        of url: ServerURL, before deadline: UInt64
    ) throws(ProbeFailure) -> [any ProbeTarget] {
        let addresses = try HostAddress.all(of: url.host, port: 0, before: deadline)
        var targets: [any ProbeTarget] = []
        for address in addresses {
            targets.append(
                PingTarget(url: url.description, host: address, way: try way(to: address, port: url.port, deadline)))
        }
        return targets
    }

    package let url: String
    let host: HostAddress
    let way: Way

    package var address: String {
        if case .connect(let port) = way { return host.with(port: port).description }
        return host.description
    }

    package var method: String {
        switch way {
        case .datagram: "icmp echo (datagram socket)"
        case .raw: "icmp echo (raw socket)"
        case .connect: "tcp connect, in place of icmp"
        }
    }

    package var limits: [LatencyLimit] {
        [LatencyLimit(quantile: 0.99, latency: .seconds(1), origin: "awesome-prometheus-alerts")]
    }

    package func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober {
        switch way {
        case .datagram: try EchoProber(host, isRaw: false)
        case .raw: try EchoProber(host, isRaw: true)
        case .connect(let port): TCPProber(host.with(port: port))
        }
    }

    /// The first way that is answered; echo where none is, so that it is a loss of echoes that is told.
    private static func way(
        to address: HostAddress, port: UInt16?, _ deadline: UInt64
    ) throws(ProbeFailure) -> Way {
        // ICMP that is not answered takes its time to be seen.
        let now = MonotonicClock.nanoseconds
        let soon = min(deadline, now + 1_000_000_000)
        var allowed: Way?
        for (way, isRaw) in [(Way.datagram, false), (.raw, true)] {
            guard
                case .success(let prober) = Result(catching: { () throws(ProbeFailure) in
                    try EchoProber(address, isRaw: isRaw)
                })
            else { continue }
            allowed = allowed ?? way
            for _ in 0..<2 {
                if case .success = Result(catching: { () throws(ProbeFailure) in try prober.ask(before: soon) }) {
                    return way
                }
            }
            break
        }
        for port in port.map({ [$0] }) ?? [443, 80, 22] {
            let limit = min(deadline, MonotonicClock.nanoseconds + 1_000_000_000)
            if case .success = Result(catching: { () throws(ProbeFailure) in
                try TCPConnection.open(address.with(port: port), before: limit)
            }) {
                return .connect(port: port)
            }
        }
        guard let allowed else {
            throw ProbeFailure(
                .noPermission,
                "\(address.description) may not be asked with ICMP from here, and answers no connection either",
                remedy: "name a port that is open: ping://\(address.host):PORT; or as root: "
                    + "sysctl net.ipv4.ping_group_range='0 2147483647'")
        }
        return allowed
    }
}

extension HostAddress {
    /// The same with another port.
    func with(port: UInt16) -> HostAddress {
        var changed = bytes
        // sin_port and sin6_port are at the same place, in the order of the network.
        changed[2] = UInt8(port >> 8)
        changed[3] = UInt8(port & 0xff)
        return HostAddress(isIPv6: isIPv6, bytes: changed, host: host, port: port)
    }
}
