import PerfModel

/// Processes that were killed for want of memory.
package struct OutOfMemoryCheck: Check {
    package static let id = "mem.oom"
    package static let resource = Resource.memory
    package static let explanation = "Were processes killed for want of memory?"
    package static let source = "/proc/vmstat: Δoom_kill; memory.events or memory.oom_control of the target's cgroup"
    package static let trap =
        "the host counts kills of all cgroups: with a target they may be a neighbour's, who met a limit of its own"
    package static let threshold = CheckThreshold(1, 1, unit: "count", origin: "any kill is one too many")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let owner = observation.cgroupOwner
        let group = owner == nil ? nil : observation.whole.cgroup.value?.oomKills
        let host = observation.whole.virtualMemory.value?["oom_kill"]
        guard group != nil || host != nil else {
            return unmeasured(observation.whole.virtualMemory, "oom_kill in /proc/vmstat")
        }
        var context: [Evidence] = []
        if let hits = observation.whole.cgroup.value?.limitHits, owner != nil {
            context.append(Evidence("cgroup_limit_hits", Double(hits), "count"))
        }
        if let group, threshold.severity(of: Double(group)) != nil {
            let path = observation.last.cgroup.value.map { $0.memory.limitingPath ?? $0.path } ?? ""
            return .findings([
                finding(
                    Double(group), "oom_kills", threshold: threshold, family: .saturation, subject: path,
                    evidence: context,
                    summary: "the kernel killed \(Words.counted(group, "process", "processes")) of cgroup "
                        + "\(path.printable), which had met its limit of memory",
                    remedies: [Remedy("raise the limit (memory.max, MemoryMax=, resources.limits.memory)")]
                        + GuideRemedies.memory)
            ])
        }
        guard let host, threshold.severity(of: Double(host)) != nil else {
            return .healthy([Evidence("oom_kills", Double(host ?? group ?? 0), "count")] + context)
        }
        return .findings([
            finding(
                Double(host), "oom_kills", threshold: threshold, severity: owner == nil ? nil : .warning,
                family: .saturation, evidence: context,
                summary: "the kernel killed \(Words.counted(host, "process", "processes")) for want of memory"
                    + (owner.map { ", as far as can be seen none of \($0)'s cgroup" } ?? ""),
                remedies: [
                    Remedy("journalctl -k -g oom tells which, and whether it met a cgroup's limit or the host's")
                ]
                    + GuideRemedies.memory)
        ])
    }
}
