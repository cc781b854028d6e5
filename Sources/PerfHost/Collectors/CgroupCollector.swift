import PerfLinux
import PerfModel

/// Limits and use of the target's cgroup, or of our own without a target; and how many CPUs that leaves.
package enum CgroupCollector: Collector {
    package static let id = "cgroup"
    package static let explanation = "limits, use and throttling of the target's cgroup, in v1, v2 or both"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.cgroup = CgroupPaths.read(of: snapshot.target, from: reader).map { state(of: $0, reader) }
        let cpu = snapshot.cgroup.value?.cpu
        let target = snapshot.target
        snapshot.cpuLimits = reader.part(at: "/sys/devices/system/cpu/online") { bytes in
            let online = OnlineCPUs.parse(bytes[...].trimmed.text).count
            return online > 0 ? online : nil
        }.map { online in
            CPULimits(
                online: online, affinity: affinity(of: target, reader), cpuset: cpu?.cpuset?.count, quota: cpu?.quota)
        }
    }

    private static func affinity(of target: Int32?, _ reader: HostReader) -> Int? {
        do throws(SystemCallError) {
            return try reader.affinityCount(of: target ?? 0)
        } catch {
            return nil
        }
    }

    private static func state(of paths: CgroupPaths, _ reader: HostReader) -> CgroupState {
        let main = paths.main
        var state = CgroupState(
            version: paths.version, path: main?.path ?? "/", cpu: CgroupCPU(),
            memory: CgroupMemory(statistics: NamedCounters()), processes: [])
        if let (place, isUnified) = paths.place(of: "cpu") {
            if isUnified { addUnifiedCPU(place, reader, &state.cpu) } else { addCPU(place, paths, reader, &state.cpu) }
        }
        if let (place, isUnified) = paths.place(of: "cpuset") {
            let files = isUnified ? ["cpuset.cpus.effective"] : ["cpuset.effective_cpus", "cpuset.cpus"]
            let text = files.lazy.compactMap { reader.text(at: "\(place.directory)/\($0)") }.first
            if let cpus = text.map(OnlineCPUs.parse), !cpus.isEmpty { state.cpu.cpuset = cpus }
        }
        if let (place, isUnified) = paths.place(of: "memory") {
            if isUnified {
                addUnifiedMemory(place, reader, &state.memory)
            } else {
                addMemory(place, reader, &state.memory)
            }
        }
        if let main, main.path != "/" {
            state.processes =
                reader.value(at: "\(main.directory)/cgroup.procs") { bytes in
                    bytes.lines.compactMap { $0.unsigned.flatMap { Int32(exactly: $0) } }.filter { $0 > 0 }.sorted()
                } ?? []
        }
        return state
    }

    // MARK: CPU

    /// v2: `cpu.max` is `max 100000` or `20000 100000`; times are microseconds.
    private static func addUnifiedCPU(_ place: CgroupPaths.Place, _ reader: HostReader, _ cpu: inout CgroupCPU) {
        var limiting = place.directory
        for (directory, path) in place.ancestors {
            let fields = reader.value(at: "\(directory)/cpu.max") { $0[...].trimmed.fields }
            guard let fields, fields.count == 2, let quota = fields[0].unsigned, let period = fields[1].unsigned,
                set(quota, period, path, &cpu)
            else { continue }
            limiting = directory
        }
        if let statistics = reader.value(at: "\(limiting)/cpu.stat", { [String: UInt64](namedLines: $0) }) {
            cpu.periods = statistics["nr_periods"]
            cpu.throttledPeriods = statistics["nr_throttled"]
            cpu.throttled = statistics["throttled_usec"].map { $0 &* 1000 }
        }
        cpu.usage = reader.value(at: "\(place.directory)/cpu.stat") { [String: UInt64](namedLines: $0)["usage_usec"] }
            .map { $0 &* 1000 }
    }

    /// v1: quota and period are microseconds, −1 for no quota; the time throttled and the usage are nanoseconds.
    private static func addCPU(
        _ place: CgroupPaths.Place, _ paths: CgroupPaths, _ reader: HostReader, _ cpu: inout CgroupCPU
    ) {
        var limiting = place.directory
        for (directory, path) in place.ancestors {
            guard let quota = reader.number(at: "\(directory)/cpu.cfs_quota_us"),
                let period = reader.number(at: "\(directory)/cpu.cfs_period_us"), set(quota, period, path, &cpu)
            else { continue }
            limiting = directory
        }
        if let statistics = reader.value(at: "\(limiting)/cpu.stat", { [String: UInt64](namedLines: $0) }) {
            cpu.periods = statistics["nr_periods"]
            cpu.throttledPeriods = statistics["nr_throttled"]
            cpu.throttled = statistics["throttled_time"]
        }
        if let account = paths.controllers["cpuacct"] {
            cpu.usage = reader.number(at: "\(account.directory)/cpuacct.usage")
        }
    }

    /// - Returns: whether this quota is the least so far.
    private static func set(_ quota: UInt64, _ period: UInt64, _ path: String, _ cpu: inout CgroupCPU) -> Bool {
        guard period > 0, quota > 0 else { return false }
        let cpus = Double(quota) / Double(period)
        if let least = cpu.quota, least <= cpus { return false }
        cpu.quota = cpus
        cpu.period = period
        cpu.limitingPath = path
        return true
    }

    // MARK: Memory

    private static func addUnifiedMemory(
        _ place: CgroupPaths.Place, _ reader: HostReader, _ memory: inout CgroupMemory
    ) {
        var limiting = place.directory
        for (directory, path) in place.ancestors {
            if let high = reader.number(at: "\(directory)/memory.high") { memory.high = min(high, memory.high ?? high) }
            guard let limit = reader.number(at: "\(directory)/memory.max"), limit < memory.limit ?? .max else {
                continue
            }
            memory.limit = limit
            memory.limitingPath = path
            limiting = directory
        }
        memory.usage = reader.number(at: "\(limiting)/memory.current")
        memory.swapUsage = reader.number(at: "\(limiting)/memory.swap.current")
        memory.swapLimit = reader.number(at: "\(limiting)/memory.swap.max")
        memory.inactiveFile = statistics(in: limiting, reader)["inactive_file"]
        if let events = reader.value(at: "\(limiting)/memory.events", { [String: UInt64](namedLines: $0) }) {
            memory.limitHits = events["max"]
            memory.highHits = events["high"]
            memory.oomKills = events["oom_kill"]
        }
        memory.statistics = NamedCounters(statistics(in: place.directory, reader))
    }

    /// v1 has no word for none: its limits are then the largest multiple of a page.
    private static let largestLimit: UInt64 = 1 << 62

    private static func addMemory(_ place: CgroupPaths.Place, _ reader: HostReader, _ memory: inout CgroupMemory) {
        var limiting = place.directory
        for (directory, path) in place.ancestors {
            guard let limit = reader.number(at: "\(directory)/memory.limit_in_bytes"), limit < largestLimit,
                limit < memory.limit ?? .max
            else { continue }
            memory.limit = limit
            memory.limitingPath = path
            limiting = directory
        }
        memory.usage = reader.number(at: "\(limiting)/memory.usage_in_bytes")
        let swap = reader.number(at: "\(limiting)/memory.memsw.usage_in_bytes")
        if let swap, let usage = memory.usage { memory.swapUsage = swap - min(swap, usage) }
        let swapLimit = reader.number(at: "\(limiting)/memory.memsw.limit_in_bytes")
        if let swapLimit, let limit = memory.limit, swapLimit < largestLimit {
            memory.swapLimit = swapLimit - min(swapLimit, limit)
        }
        let own = statistics(in: limiting, reader)
        memory.inactiveFile = own["total_inactive_file"] ?? own["inactive_file"]
        memory.limitHits = reader.number(at: "\(limiting)/memory.failcnt")
        memory.oomKills = reader.value(at: "\(limiting)/memory.oom_control") {
            [String: UInt64](namedLines: $0)["oom_kill"]
        }
        memory.statistics = NamedCounters(statistics(in: place.directory, reader))
    }

    private static func statistics(in directory: String, _ reader: HostReader) -> [String: UInt64] {
        reader.value(at: "\(directory)/memory.stat") { [String: UInt64](namedLines: $0) } ?? [:]
    }

    /// What of `memory.stat` is as it is now; all else only grows.
    static func isMemoryGauge(_ name: String) -> Bool {
        let growing = ["pg", "total_pg", "workingset_", "thp_", "zswp", "total_workingset_"]
        return name.hasSuffix("workingset_nodes") || !growing.contains { name.hasPrefix($0) }
    }
}
