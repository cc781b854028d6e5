import PerfModel

/// The state of a host at one moment: counters and gauges as the kernel gives them, nothing derived.
///
/// Each part is a value or the reason why it cannot be seen. Counters become rates only between two snapshots, in a
/// ``HostWindow``.
package struct HostSnapshot: Equatable, Sendable {
    package var takenAt: HostInstant
    /// Clock ticks a second, the unit of ``CPUTicks`` and of the times in ``ProcessSample``.
    package var ticksPerSecond: UInt64
    /// Bytes.
    package var pageSize: UInt64
    /// The process that is diagnosed; nil for the host alone.
    package var target: Int32?
    /// The process that took the snapshot, which is not to blame for anything; nil when not known.
    package var observer: Int32?
    package var observerRights = ObserverRights()

    package var cpu: Availability<CPUTimes> = .notCollected
    package var runQueues: Availability<[RunQueueCounters]> = .notCollected
    package var load: Availability<LoadAverage> = .notCollected
    package var cpuLimits: Availability<CPULimits> = .notCollected
    package var pressure: Availability<PressureSet> = .notCollected
    /// Of the target's cgroup, or of our own without a target.
    package var cgroupPressure: Availability<PressureSet> = .notCollected
    /// Of the target's cgroup, or of our own without a target.
    package var cgroup: Availability<CgroupState> = .notCollected
    package var memory: Availability<MemoryInfo> = .notCollected
    package var virtualMemory: Availability<NamedCounters> = .notCollected
    package var swap: Availability<SwapState> = .notCollected
    package var numa: Availability<[NUMANode]> = .notCollected
    package var hugePages: Availability<HugePageState> = .notCollected
    package var disks: Availability<[DiskCounters]> = .notCollected
    package var fileSystems: Availability<[MountedFileSystem]> = .notCollected
    package var fileHandles: Availability<FileHandleCounts> = .notCollected
    /// Of the network namespace that the target is in, as protocols and sockets are.
    package var interfaces: Availability<[InterfaceCounters]> = .notCollected
    /// Counters of the protocols as `Tcp.RetransSegs`, `TcpExt.ListenOverflows`, `Udp.RcvbufErrors`.
    package var protocols: Availability<NamedCounters> = .notCollected
    package var softnet: Availability<[SoftnetCounters]> = .notCollected
    package var sockets: Availability<SocketCounts> = .notCollected
    package var connectionTracking: Availability<ConnectionTracking> = .notCollected
    package var thermal: Availability<[ThermalThrottle]> = .notCollected
    package var settings: Availability<KernelSettings> = .notCollected
    package var processes: Availability<ProcessTable> = .notCollected
    /// Whether the kernel tells the exact delays of threads; they are in ``ThreadSample/delays``.
    package var taskDelays: Availability<TaskDelaySource> = .notCollected
    /// Looks at the threads of selected processes since the snapshot before, oldest first.
    package var looks: [ThreadLooks] = []
    package var cost = SnapshotCost()

    package init(takenAt: HostInstant, ticksPerSecond: UInt64 = 100, pageSize: UInt64 = 4096, target: Int32? = nil) {
        self.takenAt = takenAt
        self.ticksPerSecond = ticksPerSecond
        self.pageSize = pageSize
        self.target = target
    }
}

extension Availability {
    /// A part that no collector was asked for.
    package static var notCollected: Availability { .unavailable(reason: "not collected", remedy: nil) }
}

/// What it cost to take a snapshot.
package struct SnapshotCost: Hashable, Sendable, Codable {
    /// From the first read to the last, waiting included.
    package var nanoseconds: UInt64 = 0
    /// CPU time of the thread that took it, nanoseconds.
    package var cpuNanoseconds: UInt64 = 0
    package var filesRead = 0
    package var bytesRead = 0
    /// Nanoseconds by the id of the collector.
    package var collectors: [String: UInt64] = [:]
    /// Nanoseconds for the looks at threads since the snapshot before.
    package var looks: UInt64 = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case nanoseconds = "wall_ns"
        case cpuNanoseconds = "cpu_ns"
        case filesRead = "files_read"
        case bytesRead = "bytes_read"
        case collectors = "collectors_ns"
        case looks = "looks_ns"
    }
}
