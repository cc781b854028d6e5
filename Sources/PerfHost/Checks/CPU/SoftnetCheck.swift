import PerfModel

/// Packets that found the CPU's backlog full.
package struct SoftnetCheck: Check {
    package static let id = "cpu.softnet"
    package static let resource = Resource.cpu
    package static let explanation = "Do packets get lost because CPUs do not keep up with them?"
    package static let source = "/proc/net/softnet_stat: Δ of the second column"
    package static let trap = "the third column (time_squeeze) grows on healthy hosts as well"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "proposed")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let softnet = observation.whole.softnet.value else {
            return unmeasured(observation.whole.softnet, "/proc/net/softnet_stat")
        }
        let context = [
            Evidence("packets", Double(softnet.processed), "count"),
            Evidence("squeezed", Double(softnet.squeezed), "count"),
        ]
        let dropped = Double(softnet.dropped)
        guard threshold.severity(of: dropped) != nil else {
            return .healthy([Evidence("backlog_drops", dropped, "count")] + context)
        }
        return .findings([
            finding(
                dropped, "backlog_drops", threshold: threshold, family: .saturation, evidence: context,
                summary: "\(Words.grouped(dropped)) packets were dropped because the backlog of a CPU was full",
                remedies: [
                    Remedy("raise net.core.netdev_max_backlog, and spread packets over CPUs (RSS, RPS)")
                ])
        ])
    }
}
