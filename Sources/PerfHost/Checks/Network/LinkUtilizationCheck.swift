import PerfModel

/// Links that are full.
package struct LinkUtilizationCheck: Check {
    package static let id = "net.util"
    package static let resource = Resource.network
    package static let explanation = "Are network links full?"
    package static let source = "/proc/net/dev: Δbytes of the busier direction / /sys/class/net/*/speed"
    package static let trap =
        "virtual interfaces do not know their speed (-1, or an invented 10 Gbit/s): what the cloud allows is not "
        + "seen, so that this is unmeasured rather than fine"
    package static let threshold = CheckThreshold(0.85, 0.90, unit: "ratio", origin: "PCP pmieconf 85%, netdata 90%")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let interfaces = observation.whole.interfaces.value else {
            return unmeasured(observation.whole.interfaces, "/proc/net/dev")
        }
        let links = interfaces.filter { $0.name != "lo" }
        let known = links.compactMap { link in link.utilization.map { (link: link, used: $0) } }
        guard !known.isEmpty else {
            let names = links.prefix(4).map(\.name.printable).joined(separator: ", ")
            return .unmeasured(
                reason: links.isEmpty
                    ? "there is no interface but the loopback" : "no interface tells its speed (\(names))",
                remedy: links.isEmpty ? nil : "compare the rates with what the provider or the switch allows")
        }
        let found = known.filter { threshold.severity(of: $0.used) != nil }
        guard !found.isEmpty else {
            return .healthy(known.map { Evidence("\($0.link.name)_used_ratio", $0.used, "ratio") })
        }
        return .findings(
            sorted(
                found.map { link, used in
                    let isSending = link.sent.bytesPerSecond > link.received.bytesPerSecond
                    return finding(
                        used, "used_ratio", threshold: threshold, family: .saturation, subject: link.name,
                        evidence: [
                            Evidence("received", link.received.bytesPerSecond, "bytes_per_second"),
                            Evidence("sent", link.sent.bytesPerSecond, "bytes_per_second"),
                            Evidence("speed", Double(link.speed ?? 0) / 8, "bytes_per_second"),
                        ],
                        summary:
                            "\(link.name.printable) \(isSending ? "sends" : "receives") \(Words.percent(used)) of "
                            + "what its link can carry",
                        remedies: [
                            GuideRemedies.compress, GuideRemedies.nearby, Remedy("use a faster or a second link"),
                        ])
                }))
    }
}
