import PerfModel

/// Packets that had to be sent again.
package struct RetransmissionCheck: Check {
    package static let id = "net.retrans"
    package static let resource = Resource.network
    package static let explanation = "Do packets of TCP get lost?"
    package static let source = "/proc/net/snmp: ΔTcp.RetransSegs / ΔTcp.OutSegs"
    package static let trap =
        "one lost packet of a few is no rate of loss; probes for a lost tail, and connects to a port that nobody "
        + "serves, count as well; counters are those of one network namespace"
    package static let threshold = CheckThreshold(
        0.01, 0.05, unit: "ratio", origin: "proposed", conditions: ["segments": 1000, "retransmitted": 20])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let ratio = ratio(in: observation), let protocols = observation.whole.protocols.value else {
            return unmeasured(observation.whole.protocols, "Tcp.RetransSegs in /proc/net/snmp")
        }
        let sent = Double(protocols["Tcp.OutSegs"] ?? 0)
        let again = Double(protocols["Tcp.RetransSegs"] ?? 0)
        var context = [Evidence("retransmitted", again, "count"), Evidence("sent", sent, "count")]
        if let probes = protocols["TcpExt.TCPLossProbes"] {
            context.append(Evidence("loss_probes", Double(probes), "count"))
        }
        guard isLossy(observation, threshold) else {
            return .healthy([Evidence("retransmitted_ratio", ratio, "ratio")] + context)
        }
        return .findings([
            finding(
                ratio, "retransmitted_ratio", threshold: threshold, family: .saturation, evidence: context,
                summary: "\(Words.percent(ratio)) of the segments of TCP were sent again: the network loses packets",
                remedies: [
                    Remedy(
                        "ss -ti shows to which peers; look at that way: full links, errors of interfaces, limits of "
                            + "the cloud"
                    ),
                    GuideRemedies.keepAlive,
                ])
        ])
    }

    private static func ratio(in observation: HostObservation) -> Double? {
        guard let protocols = observation.whole.protocols.value, let again = protocols["Tcp.RetransSegs"],
            let sent = protocols["Tcp.OutSegs"]
        else { return nil }
        return sent == 0 ? 0 : min(1, Double(again) / Double(sent))
    }

    /// Whether packets get lost; other checks ask with the threshold in force.
    static func isLossy(_ observation: HostObservation, _ threshold: CheckThreshold? = nil) -> Bool {
        let threshold = threshold ?? observation.threshold(of: Self.self)
        guard let ratio = ratio(in: observation), let protocols = observation.whole.protocols.value else {
            return false
        }
        guard let severity = threshold.severity(of: ratio),
            Double(protocols["Tcp.RetransSegs"] ?? 0) >= threshold.condition("retransmitted")
        else { return false }
        // A way that loses much carries little: as many losses among few segments are no chance.
        return severity == .critical || Double(protocols["Tcp.OutSegs"] ?? 0) >= threshold.condition("segments")
    }
}
