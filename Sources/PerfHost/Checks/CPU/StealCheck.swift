import PerfModel

/// CPU time that the hypervisor gave to others.
package struct StealCheck: Check {
    package static let id = "cpu.steal"
    package static let resource = Resource.cpu
    package static let explanation = "Does the hypervisor give the CPUs to other machines?"
    package static let source = "/proc/stat: steal of all ticks"
    package static let trap = "it may go backwards, and it says nothing where the hypervisor does not report it"
    package static let threshold = CheckThreshold(0.10, 0.25, unit: "ratio", origin: "netdata 10%; 25% proposed")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let cpu = observation.whole.cpu.value else { return unmeasured(observation.whole.cpu, "/proc/stat") }
        let steal = cpu.total.steal
        guard threshold.severity(of: steal) != nil else { return .healthy([Evidence("steal_ratio", steal, "ratio")]) }
        return .findings([
            finding(
                steal, "steal_ratio", threshold: threshold, family: .saturation,
                summary: "the hypervisor gave \(Words.percent(steal)) of the CPU time to other machines",
                benefit: steal,
                remedies: [
                    Remedy(
                        "move the machine to another host, or to a type with CPUs of its own; CPU credits may be used up"
                    )
                ])
        ])
    }
}
