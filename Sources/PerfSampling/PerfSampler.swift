import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// Samples through the kernel's perf events and unwinds while the targets run: no stack is ever written to disk.
///
/// Rounds keep the order of things. A round notes the time and how far each ring is filled, applies all records that
/// tell of processes, sorted by time over all rings, and then consumes the samples that are not later than the noted
/// time, each shard its own rings.
package final class PerfSampler: StackSampler {
    private let options: SamplingOptions
    private let target: SamplingTarget
    private let proc: ProcFileSystem
    private let lookup: SampleLookup
    private let processes: ProcessTable
    private let images: ImageRegistry
    private let settings: PerfEvent.Settings
    private var events: [PerfEvent] = []
    private var rings: [PerfRing] = []
    private var shards: [SampleShard] = []
    private var workers: ShardWorkers
    private let cgroup: CgroupDirectory?
    /// Of recordings that count waits.
    private let tracker: (any WaitTracker)?
    private var hungUp: Set<Int32> = []
    /// For each ring, an event that tells when records wait: its own, or one that was redirected to it.
    private var polled: [Int32] = []
    private var pending: [(time: UInt64, record: ProcessRecord)] = []
    private var largeStackThreads: Set<Int32> = []
    private var warnings: [Warning] = []
    private let sampleRateLimitAtStart: Int?
    private var startTime: UInt64 = 0

    /// Threads that get the large stack copy at most; each costs a second event per CPU.
    private static let largeStackThreadLimit = 64
    /// Cut stacks of a thread in one round before it gets the large copy.
    private static let cutsBeforeLargeStack = 2

    package init(
        target: SamplingTarget, options: SamplingOptions, proc: ProcFileSystem = ProcFileSystem()
    ) throws(SamplerError) {
        self.target = target
        self.options = options
        self.proc = proc
        processes = ProcessTable(proc: proc)
        images = ImageRegistry(proc: proc)
        lookup = SampleLookup(
            processes: processes, images: images, proc: proc, selectedThreads: options.threads
        )
        sampleRateLimitAtStart = Self.sampleRateLimit(proc)
        // Descriptors: one for each thread and CPU, and one for each file that is mapped.
        pd_descriptor_limit_raise(1 << 20)
        let kernelTracker = try Self.kernelTracker(target: target, options: options, proc: proc, lookup: lookup)
        let opener = EventOpener(
            options: options, proc: proc, recordsSwitches: options.clock.countsWaits && kernelTracker == nil)
        let opened = try opener.open(target)
        events = opened.events
        settings = opened.settings
        cgroup = opened.cgroup
        rings = opened.rings
        polled = rings.map(\.descriptor)
        let tracker: (any WaitTracker)? =
            options.clock.countsWaits
            ? kernelTracker as (any WaitTracker)? ?? SwitchTracker(options: options, proc: proc, lookup: lookup) : nil
        self.tracker = tracker
        var waitSettings = opened.settings
        waitSettings.hasUserCallchain = true
        let copyRings = try tracker?.open(besides: opened.events, rings: opened.rings, settings: waitSettings) ?? []
        let shardCount = max(1, min(options.shardCount ?? (rings.count + 15) / 16, rings.count))
        let lookup = lookup
        let settings = opened.settings
        let rings = opened.rings
        shards = (0..<shardCount).map { number in
            SampleShard(
                rings: rings.indices.filter { $0 % shardCount == number }.flatMap { index in
                    [rings[index]] + copyRings.filter { $0.cpu == rings[index].cpu }
                },
                unwinder: options.makeUnwinder?() ?? Self.unwinder(options.unwind),
                hasStack: settings.stackByteCount > 0, lookup: lookup,
                times: options.keepsTimes
                    ? SampleTimes(byteLimit: SampleTimes.totalByteLimit / shardCount) : nil,
                waits: tracker?.makeShardWaits()
            )
        }
        tracker?.setShards(shards)
        workers = ShardWorkers(count: shardCount - 1)
        if rings.contains(where: { $0.byteCount < 64 * 4096 }) {
            warnings.append(
                Warning(
                    code: "small_rings",
                    message: "little locked memory is allowed: the sample rings hold only "
                        + "\((rings.map(\.byteCount).min() ?? 0) >> 10) KiB for each CPU, so samples may be lost",
                    remedy: "ulimit -l unlimited, or sudo sysctl kernel.perf_event_mlock_kb=2048"
                )
            )
        }
    }

    package var pollDescriptors: [Int32] {
        polled.filter { !hungUp.contains($0) } + (tracker?.pollDescriptors(hungUp: hungUp) ?? [])
    }

    /// Polls another event of the same ring: this one's thread has ended, which would report it as ready for ever.
    package func ignoreHangUp(of descriptor: Int32) {
        guard hungUp.insert(descriptor).inserted else { return }
        for (index, ring) in rings.enumerated() where polled[index] == descriptor {
            let next = events.first { $0.target.cpu == ring.cpu && !hungUp.contains($0.descriptor) }
            if let next { polled[index] = next.descriptor }
        }
    }

    package var progress: SamplingProgress {
        SamplingProgress(
            sampleCount: shards.reduce(0) { $0 &+ $1.counts.samples }, lostCount: processes.lostCount
        )
    }

    package func start() throws(SamplerError) {
        startTime = MonotonicClock.nanoseconds
        guard case .launched = target else {
            let time = MonotonicClock.nanoseconds
            for event in events { try Self.run { () throws(SystemCallError) in try event.enable() } }
            if let tracker { try Self.run { () throws(SystemCallError) in try tracker.enable() } }
            switch target {
            case .processes(let pids):
                adoptLateThreads(of: pids)
                let all = ProcessTree.withDescendants(pids, proc: proc)
                for pid in all { processes.adopt(pid: pid) }
                tracker?.adopt(all, at: time, only: nil)
            case .system: tracker?.adoptAll(at: time)
            case .cgroup:
                guard let tracker, let cgroup else { break }
                let threads = cgroup.threads()
                let all = ProcessTree.owners(of: threads, proc: proc)
                for pid in all { processes.adopt(pid: pid) }
                tracker.adopt(all, at: time, only: threads)
            case .launched: break
            }
            return
        }
    }

    package func drain() {
        round(cutoff: MonotonicClock.nanoseconds)
    }

    package func finish() -> SampledStacks {
        let time = MonotonicClock.nanoseconds
        tracker?.look(at: time)
        tracker?.disable()
        for event in events {
            // An event of a thread that has ended cannot be disabled, and need not be.
            _ = Result { () throws(SystemCallError) in try event.disable() }
        }
        round(cutoff: .max)
        if let cgroup { tracker?.forget(allBut: cgroup.threads()) }
        tracker?.finish(at: time)
        workers.stop()
        var stacks = StackTable()
        var counts = SampleShard.Counts()
        var times: [SampleTimes] = []
        for shard in shards {
            var shardTimes = shard.times
            if stacks.samples.isEmpty {
                stacks = shard.stacks
            } else {
                let keys = stacks.merge(shard.stacks)
                shardTimes?.replaceKeys { keys[$0] ?? $0 }
            }
            if let shardTimes { times.append(shardTimes) }
            counts.add(shard.counts)
        }
        let waits = tracker?.waits(mergedInto: &stacks)
        noteRate()
        noteMissingLibrary(counts)
        defer { release() }
        return SampledStacks(
            stacks: stacks,
            threads: lookup.threads.threads.map { thread in
                let process = processes.processes[thread.process]
                return SampledStacks.Thread(
                    pid: process.pid, processName: process.name, tid: thread.tid,
                    name: process.threads[thread.tid] ?? process.name
                )
            },
            images: images.images.map { SampledStacks.Image(registered: $0) },
            event: settings.event,
            frequency: options.frequency,
            includesKernel: settings.includesKernel,
            lostCount: processes.lostCount,
            throttleCount: processes.throttleCount,
            counts: counts,
            times: times,
            startTime: startTime,
            warnings: warnings,
            waits: waits
        )
    }

    /// Closes the events, so that a target that goes on is not observed any more.
    private func release() {
        shards = []
        rings = []
        events = []
    }

    private func round(cutoff: UInt64) {
        let heads = rings.map(\.head)
        for (ring, head) in zip(rings, heads) {
            ring.forEachNewRecord(upTo: head) { bytes in
                if let parsed = ProcessRecord.parse(bytes) { pending.append(parsed) }
            }
        }
        pending.sort { $0.time < $1.time }
        let due = pending.prefix { $0.time <= cutoff }
        for (time, record) in due { lookup.apply(record, at: time) }

        let headOfRing = Dictionary(uniqueKeysWithValues: zip(rings.map(\.descriptor), heads))
        workers.run(shards) { shard in
            // A ring that is not listed holds copies only, which no order binds.
            shard.consume(upTo: shard.rings.map { headOfRing[$0.descriptor] ?? $0.head }, cutoff: cutoff)
        }
        tracker?.take(due, cutoff: cutoff)
        pending.removeFirst(due.count)
        if cutoff != .max {
            tracker?.look(at: cutoff)
            tracker?.adapt(at: cutoff)
            processes.forget(endedBefore: cutoff)
            enlargeStacks()
        }
    }

    /// Observes threads whose stacks were cut once more, with the largest copy that the kernel makes and its callchain.
    private func enlargeStacks() {
        guard settings.stackByteCount > 0, settings.stackByteCount < SamplingOptions.largeStackByteCount else { return }
        for shard in shards {
            for (tid, cut) in shard.cutThreads where cut.count >= Self.cutsBeforeLargeStack {
                guard largeStackThreads.count < Self.largeStackThreadLimit, !largeStackThreads.contains(tid) else {
                    continue
                }
                enlargeStack(of: tid)
            }
            shard.resetCutThreads()
        }
    }

    private func enlargeStack(of tid: Int32) {
        var settings = settings
        settings.stackByteCount = SamplingOptions.largeStackByteCount
        settings.hasUserCallchain = true
        settings.startsOnExec = false
        let opened = Result { () throws(SystemCallError) in
            var opened: [PerfEvent] = []
            for ring in rings {
                let event = try PerfEvent(settings, on: .thread(tid, cpu: ring.cpu))
                try event.redirect(to: ring)
                opened.append(event)
            }
            for event in opened { try event.enable() }
            return opened
        }
        // Without descriptors, or when the thread has just ended, its stacks stay cut and are counted so.
        guard case .success(let opened) = opened else { return }
        largeStackThreads.insert(tid)
        events += opened
        lookup.prefer(events: opened.map(\.id), forThread: tid)
    }

    /// Observes threads that began between the look into /proc and the opening of the events.
    ///
    /// A thread that an observed thread started has inherited the event: its record in the ring says so. One that
    /// began before the events were enabled has no record and may be observed twice: only the new event counts then.
    private func adoptLateThreads(of pids: [Int32]) {
        guard options.threads.isEmpty else { return }
        var observed = Set(
            events.compactMap { event -> Int32? in
                if case .thread(let tid, _) = event.target { tid } else { nil }
            })
        for _ in 0..<10 {
            let current = Set(ProcessTree.threads(of: ProcessTree.withDescendants(pids, proc: proc), proc: proc))
            let heads = rings.map(\.head)
            for (ring, head) in zip(rings, heads) {
                ring.forEachNewRecord(upTo: head) { bytes in
                    guard let parsed = ProcessRecord.parse(bytes) else { return }
                    pending.append(parsed)
                    if case .forked(_, _, let tid, _) = parsed.record { observed.insert(tid) }
                }
            }
            let late = current.subtracting(observed)
            guard !late.isEmpty else { return }
            for tid in late {
                observed.insert(tid)
                let opened = Result { () throws(SystemCallError) in
                    try rings.map { ring throws(SystemCallError) in
                        let event = try PerfEvent(settings, on: .thread(tid, cpu: ring.cpu))
                        try event.redirect(to: ring)
                        return event
                    }
                }
                // It may have ended already.
                guard case .success(let opened) = opened else { continue }
                lookup.prefer(events: opened.map(\.id), forThread: tid)
                events += opened
                _ = Result { () throws(SystemCallError) in
                    for event in opened { try event.enable() }
                    guard let tracker else { return }
                    for (event, ring) in zip(opened, rings) { try tracker.observe(event, ring: ring) }
                }
            }
        }
    }

    private func noteMissingLibrary(_ counts: SampleShard.Counts) {
        guard counts.withoutLibunwind > 0,
            case .unavailable(let reason, let remedy) = LibunwindUnwinder.availability
        else { return }
        warnings.append(
            Warning(
                code: "no_libunwind",
                message: "\(reason): \(counts.withoutLibunwind) of \(counts.samples) stacks have a frame that only it "
                    + "can leave, such as a signal handler's, and end there or go on by a guess",
                remedy: remedy ?? "use frame pointers: --unwind fp"
            )
        )
    }

    private func noteRate() {
        if let before = sampleRateLimitAtStart, let after = Self.sampleRateLimit(proc),
            after < options.frequency || (after < before && processes.throttleCount > 0)
        {
            warnings.append(
                Warning(
                    code: "rate_lowered",
                    message: "the kernel limits sampling to \(after) Hz (it was \(before) Hz at the start), "
                        + "because samples took too much CPU",
                    remedy: "sample less often (-F 99), or: sudo sysctl kernel.perf_event_max_sample_rate=\(before)"
                )
            )
        }
    }

    /// Programs in the kernel that keep account of waits; nil where they cannot be had, and events have to do.
    private static func kernelTracker(
        target: SamplingTarget, options: SamplingOptions, proc: ProcFileSystem, lookup: SampleLookup
    ) throws(SamplerError) -> KernelWaitTracker? {
        // Not by themselves yet: what a descriptor is may be asked for when it is closed already.
        guard options.clock.countsWaits, options.waitSource == .bpf else { return nil }
        do throws(WaitKernelSide.Unavailable) {
            return try KernelWaitTracker(target: target, options: options, proc: proc, lookup: lookup)
        } catch {
            if options.waitSource == .bpf { throw .noKernelWaits(reason: error.reason) }
            return nil
        }
    }

    private static func sampleRateLimit(_ proc: ProcFileSystem) -> Int? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "sys/kernel/perf_event_max_sample_rate")
            })
        else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
    }

    private static func unwinder(_ mode: SamplingOptions.UnwindMode) -> any Unwinder {
        switch mode {
        case .auto: RowCacheUnwinder(mode: .auto)
        case .dwarf: RowCacheUnwinder(mode: .dwarf)
        case .fp: FramePointerUnwinder()
        }
    }

    private static func run(_ body: () throws(SystemCallError) -> Void) throws(SamplerError) {
        do { try body() } catch { throw .system(error) }
    }
}

extension SampleShard.Counts {
    fileprivate mutating func add(_ other: SampleShard.Counts) {
        samples &+= other.samples
        truncated &+= other.truncated
        unrooted &+= other.unrooted
        degraded &+= other.degraded
        guessed &+= other.guessed
        malformed &+= other.malformed
        foreign &+= other.foreign
        withoutLibunwind &+= other.withoutLibunwind
        superseded &+= other.superseded
    }
}
