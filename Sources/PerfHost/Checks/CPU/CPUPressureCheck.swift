import PerfModel

/// Threads that are ready and have no CPU.
package struct CPUPressureCheck: Check {
    package static let id = "cpu.sat"
    package static let resource = Resource.cpu
    package static let explanation = "How much of the time does something wait for a CPU?"
    package static let source = "PSI cpu some (host, or the target's cgroup); else Σ run delay of threads / wall"
    package static let trap =
        "the load average counts threads that wait for disks, and PSI of a cgroup counts throttling as waiting"
    package static let threshold = CheckThreshold(
        0.10, 0.40, unit: "ratio", origin: "proposed", conditions: ["host_busy_ratio": 0.70])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let busy = observation.whole.cpu.value?.total.busy
        var context: [Evidence] = []
        if let busy { context.append(Evidence("host_busy_ratio", busy, "ratio")) }
        if let load = observation.last.load.value { context.append(Evidence("load_1m", load.oneMinute, "count")) }
        if let steal = observation.whole.cpu.value?.total.steal, steal > 0.005 {
            context.append(Evidence("steal_ratio", steal, "ratio"))
        }
        guard case .available(let pressure) = observation.pressure, let some = pressure.cpu?.some else {
            return withoutPressure(observation, threshold, context)
        }
        let evidence = [Evidence("cpu_some_ratio", some, "ratio")] + context
        guard threshold.severity(of: some) != nil else { return .healthy(evidence) }
        // Two programs that happen to wake together wait for each other on an idle host as well.
        if !observation.isCgroupPressure, let busy, busy < threshold.condition("host_busy_ratio") {
            return .healthy(evidence)
        }
        let whose = observation.isCgroupPressure ? "in its cgroup, something" : "something"
        return .findings([
            finding(
                some, "cpu_some_ratio", threshold: threshold, family: .pressure, evidence: context,
                summary: "\(whose) waited for a CPU \(Words.percent(some)) of the time", benefit: some,
                remedies: [GuideRemedies.scaleOut, GuideRemedies.optimiseHotPaths])
        ])
    }

    private static func withoutPressure(
        _ observation: HostObservation, _ threshold: CheckThreshold, _ context: [Evidence]
    ) -> CheckOutcome {
        guard let table = observation.whole.processes.value else { return unmeasured(observation.pressure, "PSI") }
        let waits = table.processes.filter(observation.isOfTarget).compactMap(\.waiting)
        guard !waits.isEmpty else { return unmeasured(observation.pressure, "PSI") }
        let waiting = waits.reduce(0, +)
        let value = min(1, waiting)
        let evidence = [Evidence("threads_waiting_for_cpu", waiting, "count")] + context
        guard threshold.severity(of: value) != nil else { return .healthy(evidence) }
        return .findings([
            finding(
                value, "waiting_ratio", threshold: threshold, family: .pressure, evidence: evidence,
                summary:
                    "\(Words.fixed(waiting)) threads waited for a CPU at a time on average (by their run delay; this "
                    + "kernel has no PSI)",
                remedies: [GuideRemedies.scaleOut, GuideRemedies.optimiseHotPaths])
        ])
    }
}
