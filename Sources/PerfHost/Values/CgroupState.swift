import PerfModel

/// The cgroups of a process, limits and use; in v1, v2, or both beside each other.
package struct CgroupState: Hashable, Sendable {
    /// Who manages CPU time and memory.
    package enum Version: String, Hashable, Sendable {
        case v1
        case v2
        /// Controllers in v1, and a tree of v2 beside them.
        case hybrid
    }

    package var version: Version
    /// Path in the tree of v2, else in that of the CPU controller of v1: `/system.slice/nginx.service`.
    package var path: String
    package var cpu: CgroupCPU
    package var memory: CgroupMemory
    /// Processes in it, as far as they can be seen here; empty for the root, which has all.
    package var processes: [Int32]
    package var isRoot: Bool { path == "/" }
}

/// Limits are the least over all ancestors that can be seen; counters are those of the ancestor that limits.
package struct CgroupCPU: Hashable, Sendable {
    /// CPU seconds a second; nil for no limit.
    package var quota: Double?
    /// Microseconds; nil without a limit.
    package var period: UInt64?
    /// Periods in which the group had something to do.
    package var periods: UInt64?
    /// Periods in which it was stopped.
    package var throttledPeriods: UInt64?
    /// Nanoseconds for which it was stopped, summed over CPUs.
    package var throttled: UInt64?
    /// Nanoseconds of CPU time that it used.
    package var usage: UInt64?
    /// CPUs of its cpuset.
    package var cpuset: [Int32]?
    /// The cgroup whose quota is the least.
    package var limitingPath: String?
}

package struct CgroupMemory: Hashable, Sendable {
    /// Bytes; nil for no limit.
    package var limit: UInt64?
    /// Bytes at which it is slowed down (`memory.high`); nil for none.
    package var high: UInt64?
    /// Bytes of the group whose limit is the least, the page cache included.
    package var usage: UInt64?
    /// Bytes of page cache that can be dropped at once; to be subtracted from the usage.
    package var inactiveFile: UInt64?
    /// Bytes of swap.
    package var swapUsage: UInt64?
    package var swapLimit: UInt64?
    /// Times that the limit was met.
    package var limitHits: UInt64?
    /// Times that `memory.high` was met; v2.
    package var highHits: UInt64?
    /// Processes that were killed for want of memory.
    package var oomKills: UInt64?
    /// Counters of `memory.stat` since the group began: `pgmajfault`, `workingset_refault_file` and so on.
    package var statistics: NamedCounters
    /// The cgroup whose limit is the least.
    package var limitingPath: String?

    /// Usage without what can be dropped, of the limit; nil without a limit.
    package var usedRatio: Double? {
        guard let limit, limit > 0, let usage else { return nil }
        return Double(usage - min(usage, inactiveFile ?? 0)) / Double(limit)
    }
}
