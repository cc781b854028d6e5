import PerfModel

/// Connections that are opened for each request.
package struct ConnectionChurnCheck: Check {
    package static let id = "net.churn"
    package static let resource = Resource.network
    package static let explanation = "Are so many connections opened and closed that ports run out?"
    package static let source =
        "/proc/net/sockstat: TCP sockets in TIME_WAIT / ports of net.ipv4.ip_local_port_range; ΔTcp.ActiveOpens a "
        + "second"
    package static let trap =
        "a server's own TIME_WAIT takes none of these ports, and each peer has a range of its own: it matters where "
        + "this host opens the connections, and to few peers"
    package static let threshold = CheckThreshold(
        0.50, 0.80, unit: "ratio", origin: "proposed", conditions: ["opens_per_second": 50])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let sockets = observation.last.sockets.value, let waiting = sockets.tcpTimeWait,
            let first = sockets.firstEphemeralPort, let last = sockets.lastEphemeralPort, first <= last
        else { return unmeasured(observation.last.sockets, "TIME_WAIT or the range of ports") }
        guard let protocols = observation.whole.protocols.value, let opens = protocols.perSecond("Tcp.ActiveOpens")
        else {
            return unmeasured(observation.whole.protocols, "Tcp.ActiveOpens in /proc/net/snmp")
        }
        let ports = Double(last - first) + 1
        let share = Double(waiting) / ports
        let context = [
            Evidence("time_wait", Double(waiting), "count"), Evidence("ports", ports, "count"),
            Evidence("opened", opens, "per_second"),
        ]
        guard threshold.severity(of: share) != nil, opens >= threshold.condition("opens_per_second") else {
            return .healthy([Evidence("time_wait_ratio", share, "ratio")] + context)
        }
        return .findings([
            finding(
                share, "time_wait_ratio", threshold: threshold, family: .saturation, evidence: context,
                summary:
                    "it opens \(Words.fixed(opens)) connections a second, and \(Words.grouped(Double(waiting))) "
                    + "closed ones hold ports, of \(Words.grouped(ports)) that there are for a peer",
                remedies: [
                    GuideRemedies.keepAlive,
                    Remedy("sysctl net.ipv4.tcp_tw_reuse=1 and a wider net.ipv4.ip_local_port_range win time"),
                ])
        ])
    }
}
