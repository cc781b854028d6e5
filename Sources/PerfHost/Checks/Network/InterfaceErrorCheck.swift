import PerfModel

/// Packets that arrive broken, or cannot be sent.
package struct InterfaceErrorCheck: Check {
    package static let id = "net.err"
    package static let resource = Resource.network
    package static let explanation = "Do packets arrive broken, or fail to be sent?"
    package static let source = "/proc/net/dev: Δerrors / (Δpackets + Δerrors), of each direction"
    package static let trap = "a few errors of a few packets are no rate"
    package static let threshold = CheckThreshold(
        0.01, unit: "ratio", origin: "awesome-prometheus-alerts 1%", conditions: ["packets": 1000])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let interfaces = observation.whole.interfaces.value else {
            return unmeasured(observation.whole.interfaces, "/proc/net/dev")
        }
        var findings: [Finding] = []
        var worst = 0.0
        for interface in interfaces {
            for (direction, verb) in [(interface.received, "received"), (interface.sent, "sent")] {
                guard let ratio = direction.errorRatio else { continue }
                worst = max(worst, ratio)
                guard threshold.severity(of: ratio) != nil,
                    Double(direction.packets) + Double(direction.errors) >= threshold.condition("packets")
                else { continue }
                findings.append(
                    finding(
                        ratio, "errors_ratio", threshold: threshold, family: .saturation, subject: interface.name,
                        evidence: [
                            Evidence("errors", Double(direction.errors), "count"),
                            Evidence("packets", Double(direction.packets), "count"),
                        ],
                        summary:
                            "\(interface.name.printable): \(Words.percent(ratio)) of the packets \(verb) were errors",
                        remedies: [
                            Remedy("ethtool -S shows which errors; check cable, port, duplex and MTU, or the driver")
                        ]))
            }
        }
        return findings.isEmpty
            ? .healthy([Evidence("worst_errors_ratio", worst, "ratio")]) : .findings(sorted(findings))
    }
}
