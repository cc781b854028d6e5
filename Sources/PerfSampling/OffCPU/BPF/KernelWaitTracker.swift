import PerfLinux
import PerfModel
import PerfSymbols

/// Keeps account of waits with programs in the kernel, which book each wait where it ends.
///
/// What comes to us are stacks and places that are new, beginnings and ends of threads, and, a few times a second, the
/// sums. So the cost of a switch does not depend on what we do with it.
final class KernelWaitTracker: WaitTracker {
    private typealias Layout = WaitProgramLayout

    /// A thread, between an exec or its beginning and the next one or its end.
    struct Life: Hashable {
        var tid: Int32
        /// When it began, or its observation.
        var since: UInt64
    }

    private let kernel: WaitKernelSide
    private let target: SamplingTarget
    private let sites: WaitSites
    private let proc: ProcFileSystem
    private let lookup: SampleLookup
    private let granules: CodeGranules
    private var books: KernelWaitBooks
    private var shard: SampleShard?
    private var unseen: [(pid: Int32, tid: Int32)] = []
    private var nextReading: UInt64 = 0
    /// When the programs were taken away.
    private var stoppedAt: UInt64?

    /// Nanoseconds between two readings of the sums, at least.
    private static let readingInterval: UInt64 = 250_000_000
    /// Reading takes no more than this part of the time.
    private static let readingShare: UInt64 = 50
    /// Threads looked at in one round.
    private static let looksInRound = 2048
    /// The clock that the sums are kept by; a thread that is observed from its first switch on waits for no look.
    private static let lookAfter: UInt64 = 1_000_000

    /// Makes tables and programs in the kernel.
    ///
    /// - Throws: why that cannot be done here.
    init(
        target: SamplingTarget, options: SamplingOptions, proc: ProcFileSystem, lookup: SampleLookup
    ) throws(WaitKernelSide.Unavailable) {
        if case .cgroup = target { throw .init(reason: "a cgroup is observed through its events") }
        if options.keepsTimes { throw .init(reason: "sums have no times (--timeline)") }
        if options.unwind == .fp { throw .init(reason: "frame pointers are followed at each switch") }
        var observesAll = false
        if case .system = target { observesAll = true }
        let kernel = try WaitKernelSide(observesAll: observesAll, inherits: options.threads.isEmpty, proc: proc)
        self.kernel = kernel
        self.target = target
        self.proc = proc
        self.lookup = lookup
        sites = WaitSites(symbols: .current(proc), proc: proc)
        books = KernelWaitBooks(sites: sites, proc: proc)
        granules = CodeGranules(kernel: kernel, lookup: lookup)
    }

    var source: WaitSource { .bpf }

    func makeShardWaits() -> ShardWaits {
        ShardWaits(sites: sites, wakeeOffset: -1)
    }

    func open(
        besides primary: [PerfEvent], rings: [PerfRing], settings: PerfEvent.Settings
    ) throws(SamplerError) -> [PerfRing] {
        guard case .launched(let pid) = target else { return [] }
        kernel.note(tid: pid, process: pid, state: .pending, since: MonotonicClock.nanoseconds)
        do throws(SystemCallError) {
            try kernel.attach()
        } catch {
            throw .system(error)
        }
        return []
    }

    func setShards(_ shards: [SampleShard]) {
        shard = shards.first
    }

    func observe(_ event: PerfEvent, ring: PerfRing) throws(SystemCallError) {}

    func enable() throws(SystemCallError) {
        try kernel.attach()
    }

    func disable() {
        kernel.detach()
        stoppedAt = MonotonicClock.nanoseconds
    }

    func adoptAll(at time: UInt64) {
        guard case .success(let pids) = Result(catching: { () throws(SystemCallError) in try proc.numbers(in: "") })
        else { return }
        adopt(pids.filter { !lookup.belongsToKernel($0) }, at: time, only: nil)
    }

    func forget(allBut threads: Set<Int32>) {}

    func adopt(_ pids: [Int32], at time: UInt64, only members: Set<Int32>?) {
        // A thread that is not noted yet may start another one: what is found last has no more to tell.
        var known: Set<Int32> = []
        for _ in 0..<10 {
            var isComplete = true
            for pid in known.isEmpty ? pids : current(pids) {
                for tid in ProcessTree.threads(of: [pid], proc: proc)
                where lookup.isSelected(tid) && members?.contains(tid) != false && known.insert(tid).inserted {
                    isComplete = false
                    kernel.note(tid: tid, process: pid, state: .unseen, since: time)
                    books.begin(
                        Life(tid: tid, since: time), pid: pid,
                        thread: lookup.threadIndex(pid: pid, tid: tid, at: time))
                    unseen.append((pid, tid))
                    granules.noteUse(by: pid)
                }
            }
            if isComplete { break }
        }
        look(at: time)
    }

    private func current(_ pids: [Int32]) -> [Int32] {
        if case .system = target { return [] }
        return ProcessTree.withDescendants(pids, proc: proc)
    }

    func take(_ records: some Sequence<(time: UInt64, record: ProcessRecord)>, cutoff: UInt64) {
        for (time, record) in records {
            granules.apply(record, at: time)
            if case .named(_, let tid, let name, _) = record { books.note(name: name, of: tid) }
        }
        kernel.ring.consume { record in take(record, cutoff: cutoff) }
        let now = MonotonicClock.nanoseconds
        guard stoppedAt == nil else { return }
        granules.update(at: now)
        guard now >= nextReading else { return }
        read(isLast: false)
        let duration = MonotonicClock.nanoseconds - now
        nextReading = now + max(Self.readingInterval, duration * Self.readingShare)
    }

    /// Takes in one record; false when it is later than `cutoff`.
    private func take(_ record: PerfRecordBytes, cutoff: UInt64) -> Bool {
        switch record.type {
        case ProcessRecord.sampleType:
            guard let sample = PerfSample(record, hasStack: true) else {
                shard?.noteMalformed()
                return true
            }
            guard sample.time <= cutoff else { return false }
            let place = lookup.place(of: sample)
            guard !place.isKernelThread else { return true }
            granules.noteUse(by: sample.pid)
            shard?.learn(sample, key: sample.period, in: place, isWhole: true)
        case Layout.LifeRecord.type:
            guard let life = LifeRecord(record) else { return true }
            guard life.time <= cutoff else { return false }
            take(life)
        case Layout.PlaceRecord.type:
            guard let place = PlaceRecord(record) else { return true }
            let cause = sites.cause(chain: place.chain, systemCall: place.systemCall)
            books.places[place.key] = KernelWaitBooks.Place(chain: place.chain, systemCall: place.systemCall)
            let dependence: Layout.Dependence =
                switch cause {
                case .reason: .nothing
                case .descriptor: .descriptor
                case .poll: .poll
                }
            kernel.places.set([UInt8](words: [place.key]), to: [UInt8](words: [], halves: [dependence.rawValue]))
        default: break
        }
        return true
    }

    private func take(_ record: LifeRecord) {
        let life = Life(tid: record.tid, since: record.life)
        switch record.kind {
        case .began:
            begin(life, record)
        case .executed:
            books.end(life, times: record.times)
            begin(Life(tid: record.tid, since: record.time), record)
        case .ended:
            books.end(life, times: record.times)
        }
    }

    private func begin(_ life: Life, _ record: LifeRecord) {
        books.begin(
            life, pid: record.pid, thread: lookup.threadIndex(pid: record.pid, tid: record.tid, at: record.time))
    }

    /// Reads the sums, and frees those of threads that have ended.
    private func read(isLast: Bool) {
        let now = MonotonicClock.nanoseconds
        books.beginReading()
        var finished: [[UInt8]] = []
        // A reading that fails is done again; after the last one, threads have their times without the places.
        _ = Result { () throws(SystemCallError) in
            try kernel.accounts.visit { key, value in
                let entry = KernelAccount(key)
                let sums = KernelAccount.Sums(value)
                if books.take(entry, sums, now: now, isLast: isLast) { finished.append(Array(key)) }
            }
        }
        for key in finished { kernel.accounts.remove(key) }
        books.endReading(isCrowded: books.readCount > kernel.accounts.capacity / 4 * 3)
    }

    func pollDescriptors(hungUp: Set<Int32>) -> [Int32] {
        [kernel.ring.map.descriptor]
    }

    /// Looks at threads that waited when their observation began.
    func look(at time: UInt64) {
        guard let shard, !unseen.isEmpty else { return }
        for (pid, tid) in unseen.prefix(Self.looksInRound) {
            switch shard.look(at: tid, of: pid, proc: proc, now: time) {
            case .some(let place): books.note(place, forUnseen: tid)
            case .none: books.note(WaitPlace(), forUnseen: tid)
            }
        }
        unseen.removeFirst(min(unseen.count, Self.looksInRound))
    }

    func adapt(at time: UInt64) {}

    func finish(at time: UInt64) {
        let end = max(time, stoppedAt ?? time)
        read(isLast: true)
        var open: [OpenThread] = []
        // Threads whose entries cannot be read are missing from the recording, as if they had not been observed.
        _ = Result { () throws(SystemCallError) in
            try kernel.threads.visit { key, value in
                if let thread = OpenThread(key, value) { open.append(thread) }
            }
        }
        var looks = 0
        for thread in open.sorted(by: { $0.life.tid < $1.life.tid }) {
            var place: WaitPlace?
            if thread.state == .blocked, end &- min(thread.since, end) > Self.lookAfter, looks < Self.looksInRound {
                looks += 1
                place = shard?.look(at: thread.life.tid, of: thread.pid, proc: proc, now: end) ?? nil
            }
            books.close(thread, at: end, seenAt: place)
        }
        books.reconcile()
        books.lostCount = WaitProgramLayout.Counter.allCases.reduce(0) { $0 &+ kernel.count(of: $1) }
    }

    func waits(mergedInto table: inout StackTable) -> SampledWaits {
        var stacks: [UInt64: WaitStacks.Stack] = [:]
        if let shard, let found = shard.waits?.stacks.stacks {
            for (key, stack) in found {
                var own = stack
                own.node = table.intern(shard.stacks.stack(at: stack.node)).index
                stacks[key] = own
            }
        }
        return books.waits(stacks: stacks)
    }
}
