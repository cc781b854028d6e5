import PerfModel

/// How to sample.
package struct SamplingOptions: Sendable {
    package enum UnwindMode: String, CaseIterable, Sendable {
        /// Unwind information, finished by frame pointers where the copied stack ends.
        case auto
        /// The kernel's frame-pointer chain only: cheapest, and blind without frame pointers.
        case fp
        /// Unwind information only.
        case dwarf
    }

    package var clock = SamplingClock.cpu
    /// Samples per second of CPU time (and thread), 1...50,000.
    package var frequency = 999
    /// Nil: CPU cycles where the CPU counts them, else the kernel's CPU clock.
    package var event: EventSpecification?
    package var unwind = UnwindMode.auto
    /// Whether to keep the time of every sample.
    package var keepsTimes = false
    /// Only these threads; empty for all.
    package var threads: Set<Int32> = []
    /// Pages of ring for each CPU, a power of two; nil: what 32 MiB for all CPUs allow.
    package var ringPages: UInt32?
    /// Threads that unwind; nil: one for each sixteen CPUs.
    package var shardCount: Int?
    /// Nil: events.
    package var waitSource: WaitSource?
    /// Makes the unwinder of a shard, for tests and for other unwinders; nil: what the mode names.
    package var makeUnwinder: (@Sendable () -> any Unwinder)?

    package init() {}

    /// Rings large enough for half a second of samples, as long as all of them together stay small.
    func ringPages(cpuCount: Int) -> UInt32 {
        if let ringPages { return ringPages }
        var pages: UInt32 = 2048
        while pages > 256, Int(pages) * max(1, cpuCount) > 32 << 8 { pages /= 2 }
        return pages
    }

    /// Bytes of stack in a sample: enough for 99% of the stacks of real programs.
    static let stackByteCount = 16 << 10
    /// The largest copy that the kernel makes, for threads whose stacks the usual one cuts off.
    static let largeStackByteCount = 65528
}

/// Which time a recording is about.
package enum SamplingClock: String, CaseIterable, Sendable {
    /// Time on a CPU, by samples.
    case cpu
    /// Both, in one profile.
    case wall
    /// Time off the CPU, by the switches themselves.
    case offCPU = "off-cpu"

    package var countsWaits: Bool { self != .cpu }
}

/// What to sample.
package enum SamplingTarget: Hashable, Sendable {
    /// A process that was forked and will execute a program.
    case launched(pid: Int32)
    /// Processes that run already, with their threads and descendants.
    case processes([Int32])
    /// Everything on this machine.
    case system
    /// A cgroup, by its directory.
    case cgroup(path: String)
}
