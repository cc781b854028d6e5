/// What a cgroup used and was denied in a window.
package struct CgroupUsage: Hashable, Sendable {
    /// Mean number of CPUs that it used.
    package var cpus: Double?
    /// Periods of its quota in which it had something to do.
    package var periods: UInt64?
    /// Of them, those in which it was stopped.
    package var throttledPeriods: UInt64?
    /// Seconds a second for which it was stopped, summed over CPUs: may exceed 1.
    package var throttled: Double?
    package var limitHits: UInt64?
    package var highHits: UInt64?
    package var oomKills: UInt64?
    package var memory: NamedChanges

    /// throttledPeriods / periods; nil without periods.
    package var throttledRatio: Double? {
        guard let periods, let throttledPeriods, periods > 0 else { return nil }
        return min(1, Double(throttledPeriods) / Double(periods))
    }

    /// Nil for two different cgroups.
    init?(_ first: CgroupState, _ last: CgroupState, _ elapsed: UInt64, _ changes: inout CounterChanges) {
        guard first.path == last.path else { return nil }
        func change(_ field: KeyPath<CgroupState, UInt64?>, _ label: String) -> UInt64? {
            changes.change(first[keyPath: field], last[keyPath: field], "cgroup.\(label)")
        }
        cpus = change(\.cpu.usage, "cpu.usage").map { Double($0) / Double(elapsed) }
        if first.cpu.limitingPath == last.cpu.limitingPath {
            periods = change(\.cpu.periods, "cpu.nr_periods")
            throttledPeriods = change(\.cpu.throttledPeriods, "cpu.nr_throttled")
            throttled = change(\.cpu.throttled, "cpu.throttled").map { Double($0) / Double(elapsed) }
        }
        if first.memory.limitingPath == last.memory.limitingPath {
            limitHits = change(\.memory.limitHits, "memory.limit_hits")
            highHits = change(\.memory.highHits, "memory.high_hits")
            oomKills = change(\.memory.oomKills, "memory.oom_kills")
        }
        memory = NamedChanges(
            first.memory.statistics, last.memory.statistics, elapsed, "cgroup.memory", &changes,
            CgroupCollector.isMemoryGauge)
    }
}
