import PerfModel

/// A quota that stops the cgroup.
package struct ThrottlingCheck: Check {
    package static let id = "cpu.throttle"
    package static let resource = Resource.cpu
    package static let explanation = "Is its cgroup stopped for having used up its CPU quota?"
    package static let source =
        "cpu.stat of the cgroup whose quota is the least: Δnr_throttled / Δnr_periods, Δthrottled time"
    package static let trap =
        "a few short stops are normal: only a quarter of the periods and 5% of the time together slow it down; run delay "
        + "includes the stops"
    package static let threshold = CheckThreshold(
        0.25, 0.75, unit: "ratio", origin: "kubernetes-mixin 25%", conditions: ["throttled_time_ratio": 0.05])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let state = observation.last.cgroup.value, let usage = observation.whole.cgroup.value else {
            return unmeasured(observation.whole.cgroup, "the cgroup")
        }
        guard let quota = state.cpu.quota else { return .healthy([]) }
        guard let ratio = usage.throttledRatio, let time = usage.throttled else {
            // Nothing to do in any period: nothing was stopped.
            return usage.periods == 0
                ? .healthy([Evidence("quota_cpus", quota, "cpus")])
                : .unmeasured(reason: "cpu.stat of the cgroup does not count throttling", remedy: nil)
        }
        let context = [
            Evidence("throttled_time_ratio", time, "ratio"), Evidence("quota_cpus", quota, "cpus"),
            Evidence("period_milliseconds", Double(state.cpu.period ?? 0) / 1000, "milliseconds"),
        ]
        let seen = [Evidence("throttled_periods_ratio", ratio, "ratio")] + context
        guard threshold.severity(of: ratio) != nil, time >= threshold.condition("throttled_time_ratio") else {
            return .healthy(seen)
        }
        let group = (state.cpu.limitingPath ?? state.path).printable
        return .findings([
            finding(
                ratio, "throttled_periods_ratio", threshold: threshold, family: .saturation, subject: group,
                evidence: context,
                summary: "cgroup \(group) was stopped in \(Words.percent(ratio)) of its periods, for "
                    + "\(Words.fixed(time)) s a second over all CPUs: its quota is \(Words.fixed(quota)) CPUs",
                benefit: min(1, time / max(time + (usage.cpus ?? 0), 1e-9)),
                remedies: [
                    Remedy(
                        "raise the quota (cpu.max, CPUQuota=, resources.limits.cpu) or allow bursts (cpu.max.burst)"),
                    Remedy("start no more threads than the quota has CPUs: \(max(1, Int(quota.rounded(.up))))"),
                    GuideRemedies.optimiseHotPaths,
                ])
        ])
    }
}
