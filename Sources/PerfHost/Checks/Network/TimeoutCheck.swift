import PerfModel

/// Connections on which nothing came back in time.
package struct TimeoutCheck: Check {
    package static let id = "net.timeout"
    package static let resource = Resource.network
    package static let explanation = "Do peers fail to answer in time?"
    package static let source = "/proc/net/netstat: ΔTcpExt.TCPTimeouts a second; ΔTcpExt.TCPAbortOnTimeout"
    package static let trap =
        "a busy server always has a few clients that are gone: timeouts count by the segments that are sent, and not "
        + "when they are few"
    package static let threshold = CheckThreshold(
        1, unit: "per_second", origin: "proposed", conditions: ["timeouts": 10, "timeouts_per_segment_ratio": 0.001])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let protocols = observation.whole.protocols.value, let count = protocols["TcpExt.TCPTimeouts"],
            let rate = protocols.perSecond("TcpExt.TCPTimeouts")
        else { return unmeasured(observation.whole.protocols, "TcpExt.TCPTimeouts in /proc/net/netstat") }
        let aborted = protocols["TcpExt.TCPAbortOnTimeout"] ?? 0
        let sent = Double(protocols["Tcp.OutSegs"] ?? 0)
        let context = [
            Evidence("timeouts", Double(count), "count"), Evidence("aborted_connections", Double(aborted), "count"),
            Evidence("sent", sent, "count"),
        ]
        guard threshold.severity(of: rate) != nil, Double(count) >= threshold.condition("timeouts"),
            Double(count) >= threshold.condition("timeouts_per_segment_ratio") * sent
        else { return .healthy([Evidence("timeouts_rate", rate, "per_second")] + context) }
        return .findings([
            finding(
                rate, "timeouts_rate", threshold: threshold, family: .saturation, evidence: context,
                summary: "\(Words.fixed(rate)) times a second TCP waited in vain for an answer"
                    + (aborted > 0
                        ? ", and gave up \(Words.counted(aborted, "connection", "connections"))" : ""),
                parent: RetransmissionCheck.isLossy(observation) ? RetransmissionCheck.id : nil,
                remedies: [
                    Remedy(
                        "ss -tino state established '( backoff )' and ss -tn state syn-sent show which peers do not "
                            + "answer"
                    ),
                    Remedy("give calls a deadline, so that a peer that is gone does not hold a worker"),
                ])
        ])
    }
}
