import PerfModel

/// Connections that found a full queue at a server.
package struct ListenQueueCheck: Check {
    package static let id = "net.listen"
    package static let resource = Resource.network
    package static let explanation = "Are clients turned away because a server does not accept them fast enough?"
    package static let source = "/proc/net/netstat: ΔTcpExt.ListenOverflows"
    package static let trap =
        "ListenDrops counts other causes as well; the client sees a second of delay, not an error; counters are "
        + "those of one network namespace"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "PCP pmieconf: any")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let protocols = observation.whole.protocols.value, let count = protocols["TcpExt.ListenOverflows"] else {
            return unmeasured(observation.whole.protocols, "TcpExt.ListenOverflows in /proc/net/netstat")
        }
        var context: [Evidence] = []
        if let drops = protocols["TcpExt.ListenDrops"] { context.append(Evidence("drops", Double(drops), "count")) }
        let most = observation.last.settings.value?.number("net.core.somaxconn")
        if let most { context.append(Evidence("somaxconn", Double(most), "count")) }
        guard threshold.severity(of: Double(count)) != nil else {
            return .healthy([Evidence("overflows", Double(count), "count")] + context)
        }
        return .findings([
            finding(
                Double(count), "overflows", threshold: threshold, family: .saturation, evidence: context,
                summary:
                    "\(Words.counted(count, "connection", "connections")) found the queue of a server full, and had "
                    + "to try again",
                remedies: [
                    Remedy(
                        "ss -ltn shows whose queue is full (Recv-Q above Send-Q); raise its backlog"
                            + (most.map { ", and net.core.somaxconn (\($0)) if that is less" } ?? "")),
                    Remedy("accept faster: more workers, nothing slow in the thread that accepts"),
                ])
        ])
    }
}
