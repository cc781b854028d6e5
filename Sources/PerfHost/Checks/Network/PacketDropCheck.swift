import PerfModel

/// Packets that were thrown away.
package struct PacketDropCheck: Check {
    package static let id = "net.drop"
    package static let resource = Resource.network
    package static let explanation = "Does the host throw packets away?"
    package static let source = "/proc/net/dev: Δdropped / (Δpackets + Δdropped), of each direction"
    package static let trap =
        "packets of protocols that nobody listens to (LLDP, foreign VLANs) count as dropped: on a quiet interface "
        + "they are a large share of nothing"
    package static let threshold = CheckThreshold(
        0.02, unit: "ratio", origin: "netdata 2%", conditions: ["packets": 1000, "drops": 100])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let interfaces = observation.whole.interfaces.value else {
            return unmeasured(observation.whole.interfaces, "/proc/net/dev")
        }
        var findings: [Finding] = []
        var worst = 0.0
        for interface in interfaces {
            for (direction, isSent) in [(interface.received, false), (interface.sent, true)] {
                guard let ratio = direction.dropRatio else { continue }
                worst = max(worst, ratio)
                guard threshold.severity(of: ratio) != nil, Double(direction.drops) >= threshold.condition("drops"),
                    Double(direction.packets) + Double(direction.drops) >= threshold.condition("packets")
                else { continue }
                findings.append(
                    finding(
                        ratio, "dropped_ratio", threshold: threshold, family: .saturation, subject: interface.name,
                        evidence: [
                            Evidence("dropped", Double(direction.drops), "count"),
                            Evidence("packets", Double(direction.packets), "count"),
                        ],
                        summary: "\(interface.name.printable): \(Words.percent(ratio)) of the packets "
                            + "\(isSent ? "to be sent" : "received") were thrown away",
                        remedies: [
                            isSent
                                ? Remedy(
                                    "tc -s qdisc shows the queue that is full or shapes; the link is slower than the "
                                        + "sender"
                                )
                                : Remedy(
                                    "enlarge the ring (ethtool -G), spread interrupts over CPUs, and see cpu.softnet")
                        ]))
            }
        }
        return findings.isEmpty
            ? .healthy([Evidence("worst_dropped_ratio", worst, "ratio")]) : .findings(sorted(findings))
    }
}
