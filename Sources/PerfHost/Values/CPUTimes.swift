/// Times of one CPU, or of all together, in clock ticks since boot.
///
/// `user` includes `guest`, and `nice` includes `guestNice`. Idle, iowait and steal have been seen to go backwards.
/// Source: proc_stat(5).
package struct CPUTicks: Hashable, Sendable {
    package var user: UInt64 = 0
    package var nice: UInt64 = 0
    package var system: UInt64 = 0
    package var idle: UInt64 = 0
    package var iowait: UInt64 = 0
    package var irq: UInt64 = 0
    package var softirq: UInt64 = 0
    package var steal: UInt64 = 0
    package var guest: UInt64 = 0
    package var guestNice: UInt64 = 0

    package init() {}
}

/// `/proc/stat`.
package struct CPUTimes: Hashable, Sendable {
    package struct CPU: Hashable, Sendable {
        /// The CPU's number; those that are offline are missing.
        package var number: Int
        package var ticks: CPUTicks
    }

    package var total: CPUTicks
    /// By number, ascending.
    package var cpus: [CPU]
    /// Since boot.
    package var contextSwitches: UInt64?
    /// Since boot.
    package var interrupts: UInt64?
    /// Processes and threads that were started since boot.
    package var forks: UInt64?
    /// Threads on a CPU or ready for one, now.
    package var runnable: UInt64?
    /// Threads that wait for a disk, now.
    package var blocked: UInt64?
    /// Seconds since 1970-01-01 UTC; with another value it is another boot.
    package var bootTime: UInt64?
}

/// A line of `/proc/schedstat`, which only kernels with CONFIG_SCHEDSTATS have.
package struct RunQueueCounters: Hashable, Sendable {
    package var cpu: Int
    /// Nanoseconds in which threads ran.
    package var run: UInt64
    /// Nanoseconds that threads waited for this CPU, summed over threads.
    package var wait: UInt64
    package var timeslices: UInt64
}

/// `/proc/loadavg`: includes threads that wait for disks, so it is context and no evidence.
package struct LoadAverage: Hashable, Sendable {
    package var oneMinute: Double
    package var fiveMinutes: Double
    package var fifteenMinutes: Double
    /// Threads that run or could, now.
    package var runnable: UInt64
    package var threads: UInt64
}

/// How many CPUs the target may use.
package struct CPULimits: Hashable, Sendable {
    /// CPUs of the host that are online.
    package var online: Int
    /// CPUs that the target may run on by its affinity; nil where that cannot be seen.
    package var affinity: Int?
    /// CPUs of its cpuset; nil without one.
    package var cpuset: Int?
    /// CPU seconds a second that its cgroups allow, the least over all ancestors; nil without a quota.
    package var quota: Double?

    /// The least of them; more than 0.
    package var effective: Double {
        var result = Double(max(1, online))
        for count in [affinity, cpuset] { if let count, count > 0 { result = min(result, Double(count)) } }
        if let quota, quota > 0 { result = min(result, quota) }
        return result
    }
}

/// `/sys/devices/system/cpu/cpu*/thermal_throttle`.
package struct ThermalThrottle: Hashable, Sendable {
    package var cpu: Int
    /// Times that the core was slowed down since boot.
    package var coreCount: UInt64?
    /// Times that the package was slowed down since boot.
    package var packageCount: UInt64?
}
