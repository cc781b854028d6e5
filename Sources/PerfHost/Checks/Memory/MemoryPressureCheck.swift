import PerfModel

/// Work that stands still for want of memory.
package struct MemoryPressureCheck: Check {
    package static let id = "mem.psi"
    package static let resource = Resource.memory
    package static let explanation = "How much of the time does something wait for memory?"
    package static let source = "PSI memory some and full (host, or the target's cgroup)"
    package static let trap =
        "the averages of PSI lag behind by 10 s: the totals are taken; in v1 a cgroup's stalls are in the tree of v2"
    package static let threshold = CheckThreshold(
        0.05, 0.20, unit: "ratio", origin: "proposed (systemd-oomd kills at 60%)",
        conditions: ["critical_full_ratio": 0.10])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let pressure) = observation.pressure, let memory = pressure.memory else {
            return unmeasured(observation.pressure, "PSI of memory")
        }
        let context = memory.full.map { [Evidence("memory_full_ratio", $0, "ratio")] } ?? []
        guard var severity = threshold.severity(of: memory.some) else {
            return .healthy([Evidence("memory_some_ratio", memory.some, "ratio")] + context)
        }
        if let full = memory.full, full >= threshold.condition("critical_full_ratio") { severity = .critical }
        let whose = observation.isCgroupPressure ? "in its cgroup, something" : "something"
        return .findings([
            finding(
                memory.some, "memory_some_ratio", threshold: threshold, severity: severity, family: .pressure,
                evidence: context,
                summary: "\(whose) waited for memory \(Words.percent(memory.some)) of the time"
                    + (memory.full.map { ", and all of it \(Words.percent($0))" } ?? ""),
                benefit: memory.some, remedies: GuideRemedies.memory)
        ])
    }
}
