import PerfLinux
import PerfModel

/// Takes snapshots of a host.
///
/// The caller decides when: nothing here waits.
///
/// ```
/// let collector = HostCollector(source: try LiveHost(), options: HostCollectorOptions(target: pid))
/// let first = collector.snapshot()
/// … collector.look() a few times a second …
/// let window = HostWindow(first: first, last: collector.snapshot())
/// ```
///
/// One thread uses it.
package final class HostCollector {
    /// What is changed holds from the next snapshot on.
    package var options: HostCollectorOptions
    private var source: any HostSource
    private let collectors: [any Collector.Type]
    private let injectedClock: (() -> HostInstant)?
    private var previous: HostSnapshot?
    private var looks: [ThreadLooks] = []
    private var looksCost: UInt64 = 0

    /// - Parameters:
    ///   - source: the host.
    ///   - options: what to look at.
    ///   - collectors: all by default.
    ///   - clock: tells when a snapshot is taken; that of the source by default.
    package init(
        source: any HostSource, options: HostCollectorOptions = HostCollectorOptions(),
        collectors: [any Collector.Type] = Collectors.all, clock: (() -> HostInstant)? = nil
    ) {
        self.source = source
        self.options = options
        self.collectors = collectors
        injectedClock = clock
    }

    private func clock() -> HostInstant { injectedClock?() ?? source.now }

    /// Goes on with another source: the next snapshot of a recording.
    func move(to source: any HostSource) { self.source = source }

    /// Looks once at the threads of the processes that the last snapshot looked at deeply; the next one holds it.
    ///
    /// Without a snapshot before, the target alone is looked at.
    package func look() {
        let reader = HostReader(source: source, options: options)
        source.beginLook()
        let start = clock().monotonic
        var look = ThreadLooker(reader: reader).look(at: lookedAt, now: start)
        let end = clock().monotonic
        look.cost = end > start ? end - start : 0
        source.endLook(&look)
        looksCost &+= look.cost
        looks.append(look)
    }

    /// The target, its descendants and who is pinned; without a target, all that were looked at deeply.
    private var lookedAt: [Int32] {
        guard let details = previous?.processes.value?.details else { return options.target.map { [$0] } ?? [] }
        let wanted = details.values.filter { detail in
            options.target == nil || [.target, .descendant, .pinned].contains(detail.selection)
        }
        return wanted.sorted { ($0.pid == options.target ? 0 : 1, $0.pid) < ($1.pid == options.target ? 0 : 1, $1.pid) }
            .map(\.pid)
    }

    /// Takes a snapshot now, with the looks since the one before.
    package func snapshot() -> HostSnapshot {
        let reader = HostReader(source: source, options: options)
        source.beginSnapshot()
        let takenAt = clock()
        let threadTime = source.threadTime
        var snapshot = HostSnapshot(
            takenAt: takenAt, ticksPerSecond: source.ticksPerSecond, pageSize: source.pageSize, target: options.target)
        snapshot.observer = source.ownProcess
        snapshot.observerRights = previous?.observerRights ?? ObserverRights(from: reader)
        var last = takenAt.monotonic
        for collector in collectors {
            collector.collect(from: reader, after: previous, into: &snapshot)
            let now = clock().monotonic
            snapshot.cost.collectors[collector.id] = now > last ? now - last : 0
            last = now
        }
        snapshot.looks = looks
        snapshot.cost.looks = looksCost
        snapshot.cost.nanoseconds = last > takenAt.monotonic ? last - takenAt.monotonic : 0
        let spent = source.threadTime
        snapshot.cost.cpuNanoseconds = spent > threadTime ? spent - threadTime : 0
        snapshot.cost.filesRead = reader.filesRead
        snapshot.cost.bytesRead = reader.bytesRead
        source.endSnapshot(&snapshot)
        looks = []
        looksCost = 0
        previous = snapshot
        return snapshot
    }
}
