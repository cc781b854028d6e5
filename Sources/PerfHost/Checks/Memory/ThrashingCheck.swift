import PerfModel

/// Pages that are needed again soon after they were thrown away.
package struct ThrashingCheck: Check {
    package static let id = "mem.fault"
    package static let resource = Resource.memory
    package static let explanation = "Are pages read again that were just thrown away?"
    package static let source =
        "Δworkingset_refault_file + Δworkingset_refault_anon a second, and Δpgmajfault: /proc/vmstat, and "
        + "memory.stat of the target's cgroup"
    package static let trap =
        "a program that starts has major faults and no refaults; one that reads a huge file over and over has refaults "
        + "and does not wait; pgscan_direct of the host stays 0 while a cgroup reclaims"
    package static let threshold = CheckThreshold(
        500, 1000, unit: "per_second", origin: "node-mixin 500, awesome-prometheus-alerts 1000 (of major faults)",
        conditions: ["stall_ratio": 0.01, "critical_stall_ratio": 0.05])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let host = observation.whole.virtualMemory.value.flatMap(rates)
        let group = observation.target == nil ? nil : observation.whole.cgroup.value.flatMap { rates($0.memory) }
        guard let own = group ?? host else {
            return unmeasured(observation.whole.virtualMemory, "workingset_refault in /proc/vmstat")
        }
        let (worst, whose) =
            if let host, host.refaults > own.refaults, !observation.isCgroupPressure {
                (host, "the host")
            } else {
                (own, group == nil ? "the host" : "its cgroup")
            }
        var context: [Evidence] = []
        if let faults = worst.faults { context.append(Evidence("major_faults", faults, "per_second")) }
        let stall = observation.memoryStall
        if let stall { context.append(Evidence("memory_some_ratio", stall, "ratio")) }
        let seen = [Evidence("refaults", worst.refaults, "per_second")] + context
        guard var severity = threshold.severity(of: worst.refaults) else { return .healthy(seen) }
        // Without PSI only faults tell that a program waited for these pages.
        let isFelt =
            stall.map { $0 >= threshold.condition("stall_ratio") } ?? ((worst.faults ?? 0) >= threshold.warning)
        guard isFelt else { return .healthy(seen) }
        if (stall ?? 0) < threshold.condition("critical_stall_ratio") { severity = .warning }
        return .findings([
            finding(
                worst.refaults, "refaults", threshold: threshold, severity: severity, family: .saturation,
                evidence: context,
                summary:
                    "\(whose) reads \(Words.grouped(worst.refaults)) pages a second again that it had just thrown away "
                    + "for want of memory",
                remedies: GuideRemedies.memory)
        ])
    }

    private static func rates(_ changes: NamedChanges) -> (refaults: Double, faults: Double?)? {
        // v1 has sums over the groups below as total_…; kernels before 5.9 do not tell file and anon apart.
        for prefix in ["total_", ""] {
            let kinds = ["_file", "_anon", ""].compactMap { changes.perSecond("\(prefix)workingset_refault\($0)") }
            guard !kinds.isEmpty else { continue }
            return (kinds.reduce(0, +), changes.perSecond("\(prefix)pgmajfault"))
        }
        return nil
    }
}
