/// What the CPUs did in a window; ratios are of the time of the CPUs in question, 0...1, and sum to 1.
package struct CPUUsage: Hashable, Sendable {
    package struct Shares: Hashable, Sendable {
        /// Programs, guests included.
        package var user: Double
        package var nice: Double
        package var system: Double
        package var irq: Double
        package var softirq: Double
        package var idle: Double
        /// Idle while a disk was waited for: a hint, it may be any value from 0 to the truth.
        package var iowait: Double
        /// Taken by the hypervisor for others.
        package var steal: Double
        /// Part of `user` and `nice`: virtual machines.
        package var guest: Double

        /// user, nice, system, irq and softirq.
        package var busy: Double { user + nice + system + irq + softirq }
    }

    package struct CPU: Hashable, Sendable {
        package var number: Int
        package var shares: Shares
    }

    package var total: Shares
    /// Those that were online at both ends, by number.
    package var cpus: [CPU]
    /// Ticks of all CPUs together; few ticks are no evidence.
    package var ticks: UInt64
    /// Switches in the window.
    package var contextSwitches: UInt64?
    package var interrupts: UInt64?
    package var forks: UInt64?

    init?(_ first: CPUTimes, _ last: CPUTimes, _ changes: inout CounterChanges) {
        guard let (total, ticks) = Self.shares(first.total, last.total, "cpu", &changes) else { return nil }
        self.total = total
        self.ticks = ticks
        cpus = []
        var before: [Int: CPUTicks] = [:]
        for cpu in first.cpus { before[cpu.number] = cpu.ticks }
        for cpu in last.cpus {
            guard let old = before[cpu.number],
                let (shares, _) = Self.shares(old, cpu.ticks, "cpu\(cpu.number)", &changes)
            else { continue }
            cpus.append(CPU(number: cpu.number, shares: shares))
        }
        contextSwitches = changes.change(first.contextSwitches, last.contextSwitches, "cpu.context_switches")
        interrupts = changes.change(first.interrupts, last.interrupts, "cpu.interrupts")
        forks = changes.change(first.forks, last.forks, "cpu.forks")
    }

    /// Shares of the sum of the changes, as the ticks of a CPU do not add up to wall time exactly; nil without ticks.
    private static func shares(
        _ first: CPUTicks, _ last: CPUTicks, _ name: String, _ changes: inout CounterChanges
    ) -> (Shares, UInt64)? {
        func change(_ field: KeyPath<CPUTicks, UInt64>, _ label: String) -> Double {
            Double(changes.clampedChange(first[keyPath: field], last[keyPath: field], "\(name).\(label)"))
        }
        let user = change(\.user, "user")
        let nice = change(\.nice, "nice")
        let system = change(\.system, "system")
        let idle = change(\.idle, "idle")
        let iowait = change(\.iowait, "iowait")
        let irq = change(\.irq, "irq")
        let softirq = change(\.softirq, "softirq")
        let steal = change(\.steal, "steal")
        let guest = change(\.guest, "guest") + change(\.guestNice, "guest_nice")
        let sum = user + nice + system + idle + iowait + irq + softirq + steal
        guard sum > 0 else { return nil }
        let shares = Shares(
            user: user / sum, nice: nice / sum, system: system / sum, irq: irq / sum, softirq: softirq / sum,
            idle: idle / sum, iowait: iowait / sum, steal: steal / sum, guest: min(guest, user + nice) / sum)
        return (shares, UInt64(min(sum, 1e18)))
    }
}

/// Waiting for a CPU, by `/proc/schedstat`.
package struct RunQueueUsage: Hashable, Sendable {
    /// Mean number of threads that ran.
    package var running: Double
    /// Mean number of threads that waited for a CPU.
    package var waiting: Double

    init?(_ first: [RunQueueCounters], _ last: [RunQueueCounters], _ elapsed: UInt64, _ changes: inout CounterChanges) {
        var before: [Int: RunQueueCounters] = [:]
        for cpu in first { before[cpu.cpu] = cpu }
        running = 0
        waiting = 0
        var found = false
        for cpu in last {
            guard let old = before[cpu.cpu],
                let run = changes.change(old.run, cpu.run, "schedstat.cpu\(cpu.cpu).run"),
                let wait = changes.change(old.wait, cpu.wait, "schedstat.cpu\(cpu.cpu).wait")
            else { continue }
            found = true
            running += Double(run) / Double(elapsed)
            waiting += Double(wait) / Double(elapsed)
        }
        guard found else { return nil }
    }
}

/// Slow-downs because of heat in a window.
package struct ThermalChanges: Hashable, Sendable {
    /// Of the core that was slowed down most often.
    package var core: UInt64
    package var package: UInt64

    init(_ first: [ThermalThrottle], _ last: [ThermalThrottle], _ changes: inout CounterChanges) {
        var before: [Int: ThermalThrottle] = [:]
        for cpu in first { before[cpu.cpu] = cpu }
        core = 0
        package = 0
        for cpu in last {
            guard let old = before[cpu.cpu] else { continue }
            core = max(core, changes.change(old.coreCount, cpu.coreCount, "thermal.cpu\(cpu.cpu).core") ?? 0)
            package = max(
                package, changes.change(old.packageCount, cpu.packageCount, "thermal.cpu\(cpu.cpu).package") ?? 0)
        }
    }
}
