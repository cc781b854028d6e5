import PerfModel

/// What happened on a host between two snapshots: changes and rates.
///
/// A part is unavailable where one of the snapshots lacks it. Counters that went backwards are in ``marks``; what
/// depends on one that began anew is nil or missing, never a huge number.
///
/// A class, though it never changes: as a struct it takes kilobytes, which each value that holds it copies field by
/// field, in code of its own.
package final class HostWindow: Sendable {
    /// Why nothing may be concluded from a window.
    package enum Invalidity: Hashable, Sendable {
        /// The machine stood still for so many nanoseconds: boot time went on, monotonic time did not.
        case suspended(nanoseconds: UInt64)
        /// The second snapshot is not later than the first.
        case notForward
        /// They are of two boots.
        case rebooted
    }

    package let first: HostSnapshot
    package let last: HostSnapshot
    /// Monotonic nanoseconds between the snapshots; at least 1.
    package let elapsedNanoseconds: UInt64
    /// Nil for a window that counts.
    ///
    /// Rates of an invalid one are computed all the same.
    package let invalidity: Invalidity?
    package let marks: [CounterMark]

    package let cpu: Availability<CPUUsage>
    /// Waiting for a CPU by `/proc/schedstat`, which most kernels lack.
    package let runQueues: Availability<RunQueueUsage>
    package let pressure: Availability<PressureUsage>
    /// Of the target's cgroup.
    package let cgroupPressure: Availability<PressureUsage>
    package let cgroup: Availability<CgroupUsage>
    /// Changes of `/proc/vmstat`: `pswpin`, `pgmajfault`, `oom_kill` and so on.
    package let virtualMemory: Availability<NamedChanges>
    /// Changes of the counters of all NUMA nodes together, in pages: `numa_miss`, `other_node` and so on.
    package let numa: Availability<NamedChanges>
    /// Disks and partitions that were there all the time.
    package let disks: Availability<[DiskRates]>
    package let interfaces: Availability<[InterfaceRates]>
    /// Changes of the protocols' counters: `Tcp.RetransSegs`, `TcpExt.ListenOverflows` and so on.
    package let protocols: Availability<NamedChanges>
    package let softnet: Availability<SoftnetChanges>
    package let thermal: Availability<ThermalChanges>
    /// Processes that lived at both ends, by pid.
    package let processes: Availability<ProcessRates.Table>
    /// All looks at threads after the first snapshot.
    package let looks: [ThreadLooks]

    package var elapsed: Duration { .nanoseconds(Int64(clamping: elapsedNanoseconds)) }
    package var elapsedSeconds: Double { Double(elapsedNanoseconds) / 1e9 }
    package var isValid: Bool { invalidity == nil }

    /// A suspension shorter than this is the difference of the moments at which the two clocks are read.
    private static let shortestSuspension: UInt64 = 100_000_000

    /// - Parameters:
    ///   - first: the earlier snapshot.
    ///   - last: the later one.
    ///   - between: snapshots taken between them, for the looks at threads that they hold.
    package init(first: HostSnapshot, last: HostSnapshot, between: [HostSnapshot] = []) {
        self.first = first
        self.last = last
        looks = between.flatMap(\.looks) + last.looks
        invalidity = Self.invalidity(first, last)
        let elapsed =
            last.takenAt.monotonic > first.takenAt.monotonic ? last.takenAt.monotonic - first.takenAt.monotonic : 1
        elapsedNanoseconds = elapsed
        var changes = CounterChanges()
        cpu = .between(first.cpu, last.cpu) { CPUUsage($0, $1, &changes) }
        runQueues = .between(first.runQueues, last.runQueues) { RunQueueUsage($0, $1, elapsed, &changes) }
        pressure = .between(first.pressure, last.pressure) { PressureUsage($0, $1, elapsed, "pressure", &changes) }
        cgroupPressure = .between(first.cgroupPressure, last.cgroupPressure) {
            PressureUsage($0, $1, elapsed, "cgroup.pressure", &changes)
        }
        cgroup = .between(first.cgroup, last.cgroup) { CgroupUsage($0, $1, elapsed, &changes) }
        virtualMemory = .between(first.virtualMemory, last.virtualMemory) {
            NamedChanges($0, $1, elapsed, "vmstat", &changes, VirtualMemoryCollector.isGauge)
        }
        numa = .between(first.numa, last.numa) {
            NamedChanges(NUMANode.sum($0), NUMANode.sum($1), elapsed, "numa", &changes) { _ in false }
        }
        disks = .between(first.disks, last.disks) { DiskRates.all($0, $1, elapsed, &changes) }
        interfaces = .between(first.interfaces, last.interfaces) { InterfaceRates.all($0, $1, elapsed, &changes) }
        protocols = .between(first.protocols, last.protocols) {
            NamedChanges($0, $1, elapsed, "protocols", &changes, ProtocolsCollector.isGauge)
        }
        softnet = .between(first.softnet, last.softnet) { SoftnetChanges($0, $1, &changes) }
        thermal = .between(first.thermal, last.thermal) { ThermalChanges($0, $1, &changes) }
        processes = .between(first.processes, last.processes) {
            ProcessRates.Table($0, $1, elapsed, ticksPerSecond: last.ticksPerSecond, &changes)
        }
        marks = changes.marks
    }

    /// The window over all snapshots, from the first to the last.
    ///
    /// - Returns: nil for fewer than two.
    package convenience init?(_ snapshots: [HostSnapshot]) {
        guard let first = snapshots.first, let last = snapshots.last, snapshots.count >= 2 else { return nil }
        self.init(first: first, last: last, between: Array(snapshots.dropFirst().dropLast()))
    }

    private static func invalidity(_ first: HostSnapshot, _ last: HostSnapshot) -> Invalidity? {
        if let before = first.cpu.value?.bootTime, let after = last.cpu.value?.bootTime,
            // The kernel computes it from the wall clock, which may be set by a second or two.
            max(before, after) - min(before, after) > 60, last.takenAt.monotonic < first.takenAt.monotonic
        {
            return .rebooted
        }
        guard last.takenAt.monotonic > first.takenAt.monotonic else { return .notForward }
        let monotonic = last.takenAt.monotonic - first.takenAt.monotonic
        guard last.takenAt.boot >= first.takenAt.boot else { return .rebooted }
        let boot = last.takenAt.boot - first.takenAt.boot
        if boot > monotonic, boot - monotonic > shortestSuspension {
            return .suspended(nanoseconds: boot - monotonic)
        }
        return nil
    }
}

extension Availability {
    /// What two snapshots tell together, or why the first of them that is blind does not.
    static func between<Part: Sendable>(
        _ first: Availability<Part>, _ last: Availability<Part>, _ body: (Part, Part) -> Value?
    ) -> Availability<Value> {
        switch (first, last) {
        case (.available(let first), .available(let last)):
            guard let value = body(first, last) else {
                return .unavailable(reason: "its counters began anew in this window", remedy: nil)
            }
            return .available(value)
        case (.unavailable(let reason, let remedy), _), (_, .unavailable(let reason, let remedy)):
            return .unavailable(reason: reason, remedy: remedy)
        }
    }
}
