import PerfModel

/// How busy the CPUs are that who is diagnosed may use.
package struct CPUUtilizationCheck: Check {
    package static let id = "cpu.util"
    package static let resource = Resource.cpu
    package static let explanation = "How busy are the CPUs that it may use?"
    package static let source =
        "/proc/stat: user, nice, system, irq and softirq of all ticks; cgroup: cpuacct or cpu.stat"
    package static let trap =
        "iowait is idle time, and steal is not its own; a quota of half a CPU is full at half a CPU, however idle the host"
    package static let threshold = CheckThreshold(0.85, 0.95, unit: "ratio", origin: "guide A 85%, netdata 95%")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let host = observation.whole.cpu.value else {
            return unmeasured(observation.whole.cpu, "/proc/stat")
        }
        var used = host.total.busy
        var evidence = [
            Evidence("user_ratio", host.total.user + host.total.nice, "ratio"),
            Evidence("system_ratio", host.total.system, "ratio"),
            Evidence("interrupts_ratio", host.total.irq + host.total.softirq, "ratio"),
        ]
        var whose = "the CPUs"
        // A group with fewer CPUs than the host is full when it has used those.
        if let group = observation.whole.cgroup.value?.cpus, observation.cgroupOwner != nil,
            let limit = observation.effectiveCPUs, limit < Double(host.cpus.count)
        {
            let own = group / limit
            evidence += [Evidence("cgroup_cpus", group, "cpus"), Evidence("allowed_cpus", limit, "cpus")]
            if own > used { (used, whose) = (own, "the CPUs that its cgroup may use") }
        }
        let seen = [Evidence("busy_ratio", used, "ratio")] + evidence
        guard threshold.severity(of: used) != nil else { return .healthy(seen) }
        // The kernel's search for memory keeps CPUs busy as well.
        let isMostlyKernel = host.total.system >= 0.5 * host.total.busy
        return .findings([
            finding(
                min(used, 1), "busy_ratio", threshold: threshold, family: .saturation, evidence: evidence,
                summary: "\(whose) are \(Words.percent(min(used, 1))) busy",
                parent: isMostlyKernel ? observation.memoryCause(of: host.total.system) : nil,
                remedies: [GuideRemedies.optimiseHotPaths, GuideRemedies.scaleOut])
        ])
    }
}
