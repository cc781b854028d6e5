import Glibc
import PerfLinux
import PerfModel
import PerfSymbols

/// Observes the switches of all threads of a recording and keeps account of their waits.
///
/// Beside the records of switches, there are three events for each thread: one that copies the whole stack at each
/// switch, one that copies only its top, and one that tells who wakes whom. Whole stacks are for learning: when
/// switches come too often, the top does to recognise a stack that is known. They never run together, because the
/// kernel (6.x) fills the samples of two events of one kind from the first of them.
final class SwitchTracker {
    private let sites: WaitSites
    private let options: SamplingOptions
    private let proc: ProcFileSystem
    private let lookup: SampleLookup
    private let waking: TracepointFormat?
    private var ledger: WaitLedger
    private var shards: [SampleShard] = []
    private var copyRings: [Int32: PerfRing] = [:]
    private var events: [PerfEvent] = []
    private var isLearning = true
    private var modeSince: UInt64 = 0
    private var batch: [ThreadEvent] = []
    /// Whether the whole machine is observed, the kernel's threads included.
    private var ignoresKernelThreads = false
    private var names: [Int32: String] = [:]
    /// Settings of the companions of each primary event; the first kind that fails is left out from then on.
    private var companions: [(role: ShardWaits.Role, settings: PerfEvent.Settings)] = []
    /// Whether switches come with stacks; durations only where the kernel must not be observed.
    private(set) var hasStacks = true
    private(set) var warnings: [Warning] = []

    /// Pages of the ring for whole stacks of a CPU: a bound for what copying may cost.
    private static let copyRingPages: UInt32 = 1024
    /// Switches per second beyond which whole stacks are not copied all the time: that many cost about 2% of a CPU.
    private static let highRate = 4000.0
    /// How long the rate is measured before the way of sampling changes.
    private static let shortestMode: UInt64 = 5_000_000
    /// How long unknown stacks are endured before they are learnt.
    private static let longestBlindness: UInt64 = 300_000_000
    /// More than one switch in so many with an unknown stack is too many.
    private static let strangerShare = 200
    /// A wait without a stack is looked at in /proc after this long.
    private static let lookAfter: UInt64 = 40_000_000
    /// Threads looked at in one round.
    private static let looksInRound = 2048

    init(options: SamplingOptions, proc: ProcFileSystem, lookup: SampleLookup) {
        self.options = options
        self.proc = proc
        self.lookup = lookup
        sites = WaitSites(symbols: .current(proc), proc: proc)
        ledger = WaitLedger(
            runnableSite: sites.index(of: WaitSite(reason: .runnable, function: "")),
            intervals: options.keepsTimes ? WaitTimes() : nil)
        waking = TracepointFormat.schedWaking()
    }

    /// What a shard needs to take part.
    func makeShardWaits() -> ShardWaits {
        ShardWaits(sites: sites, wakeeOffset: waking?.pidOffset ?? -1)
    }

    /// Opens the companions of the primary events.
    ///
    /// - Returns: the rings for whole stacks, which the shards of their CPUs read as well.
    func open(besides primary: [PerfEvent], rings: [PerfRing], settings: PerfEvent.Settings) throws(SamplerError)
        -> [PerfRing]
    {
        var base = settings
        base.event = .contextSwitches
        base.recordsProcesses = false
        base.hasBuildIDs = false
        base.recordsSwitches = false
        hasStacks = settings.includesKernel
        if hasStacks {
            var switches = base
            if options.unwind != .fp {
                var copies = base
                copies.stackByteCount = SamplingOptions.stackByteCount
                copies.wakeupByteCount = Int(Self.copyRingPages) * 4096 / 4
                companions.append((.copies, copies))
                switches.stackByteCount = WaitStacks.stackByteCount
                switches.startsOnExec = false
            }
            companions.append((.switches, switches))
        }
        isLearning = options.unwind != .fp
        if hasStacks, let waking {
            var wakings = base
            wakings.event = .tracepoint("sched:sched_waking", id: waking.id)
            wakings.isRaw = true
            wakings.stackByteCount = 0
            companions.append((.wakings, wakings))
        }
        let ringOfCPU = Dictionary(rings.map { ($0.cpu, $0) }) { first, _ in first }
        for event in primary {
            guard let ring = ringOfCPU[event.target.cpu] else { continue }
            do throws(SystemCallError) {
                try openCompanions(on: event.target, ring: ring)
            } catch {
                if error.errno == ESRCH || error.errno == ENODEV { continue }
                throw .system(error)
            }
        }
        return copyRings.values.sorted { $0.cpu < $1.cpu }
    }

    private var roles: [UInt64: ShardWaits.Role] = [:]

    private func add(_ event: PerfEvent, as role: ShardWaits.Role) {
        roles[event.id] = role
        for shard in shards { shard.waits?.roles[event.id] = role }
    }

    private func openCompanions(on target: PerfEvent.Target, ring: PerfRing) throws(SystemCallError) {
        for (role, settings) in companions {
            let event: PerfEvent
            do throws(SystemCallError) {
                event = try PerfEvent(settings, on: target)
            } catch {
                // Who wakes whom is told to the privileged only.
                guard role == .wakings, error.errno == EACCES || error.errno == EPERM else { throw error }
                companions.removeAll { $0.role == .wakings }
                continue
            }
            if role != .copies {
                try event.redirect(to: ring)
            } else if let own = copyRings[target.cpu] {
                try event.redirect(to: own)
            } else {
                copyRings[target.cpu] = try PerfRing(of: event, pages: Self.copyRingPages)
            }
            add(event, as: role)
            events.append(event)
        }
    }

    private func isEnabled(_ event: PerfEvent) -> Bool {
        switch roles[event.id] {
        case .copies: isLearning
        case .switches: !isLearning
        case .wakings, nil: true
        }
    }

    /// Learns stacks as long as there are new ones and not too many switches; else recognises them.
    func adapt(at time: UInt64) {
        guard hasStacks, options.unwind != .fp else { return }
        let elapsed = time &- modeSince
        guard elapsed >= Self.shortestMode else { return }
        var switches = 0
        var strangers = 0
        for shard in shards {
            guard let waits = shard.waits else { continue }
            switches += waits.switchCount / 2  // Each from a CPU and onto one.
            strangers += waits.stacks.strangers
        }
        let rate = Double(switches) / (Double(elapsed) / 1e9)
        if modeSince == 0 {
            modeSince = time
            return
        }
        if isLearning {
            if rate > Self.highRate { setLearning(false, at: time) } else { restartMode(at: time) }
        } else if rate < Self.highRate / 2
            || (elapsed > Self.longestBlindness && strangers * Self.strangerShare > switches)
        {
            setLearning(true, at: time)
        }
    }

    private func setLearning(_ learns: Bool, at time: UInt64) {
        isLearning = learns
        for event in events {
            guard let role = roles[event.id], role != .wakings else { continue }
            // An event of a thread that has ended needs neither.
            _ = Result { () throws(SystemCallError) in
                if isEnabled(event) { try event.enable() } else { try event.disable() }
            }
        }
        restartMode(at: time)
    }

    private func restartMode(at time: UInt64) {
        modeSince = time
        for shard in shards {
            shard.waits?.switchCount = 0
            shard.waits?.stacks.resetStrangers()
        }
    }

    /// Tells the tracker who consumes the rings.
    func setShards(_ shards: [SampleShard]) {
        self.shards = shards
        for shard in shards { shard.waits?.roles = roles }
    }

    /// Observes a thread that was found late, beside its primary event.
    func observe(_ event: PerfEvent, ring: PerfRing) throws(SystemCallError) {
        let count = events.count
        try openCompanions(on: event.target, ring: ring)
        for event in events[count...] where isEnabled(event) { try event.enable() }
    }

    func enable() throws(SystemCallError) {
        for event in events where isEnabled(event) {
            do throws(SystemCallError) {
                try event.enable()
            } catch {
                // Its thread may have ended.
                guard error.errno == ESRCH else { throw error }
            }
        }
    }

    func disable() {
        for event in events { _ = Result { () throws(SystemCallError) in try event.disable() } }
    }

    /// Begins the account of every program that runs on this machine.
    ///
    /// The kernel's own threads are left out from then on: they wait for work, not for anything that is slow.
    func adoptAll(at time: UInt64) {
        ignoresKernelThreads = true
        guard case .success(let pids) = Result(catching: { () throws(SystemCallError) in try proc.numbers(in: "") })
        else { return }
        adopt(pids.filter { !lookup.belongsToKernel($0) }, at: time)
    }

    /// Begins the account of threads that run or wait already.
    ///
    /// - Parameters:
    ///   - pids: their processes.
    ///   - time: CLOCK_MONOTONIC, nanoseconds.
    ///   - threads: nil for all of the processes.
    func adopt(_ pids: [Int32], at time: UInt64, only threads: Set<Int32>? = nil) {
        for pid in pids {
            for tid in ProcessTree.threads(of: [pid], proc: proc)
            where lookup.isSelected(tid) && threads?.contains(tid) != false {
                ledger.observe(pid: pid, tid: tid, since: time)
            }
        }
        look(at: time)
    }

    /// Ends the accounts of threads that have left a cgroup with their last record: nothing tells of them since.
    func forget(allBut threads: Set<Int32>) {
        ledger.leave(allBut: threads) { pid, tid, time in lookup.threadIndex(pid: pid, tid: tid, at: time) }
    }

    /// Takes in what the shards have collected, and the records that tell of processes.
    func take(_ records: some Sequence<(time: UInt64, record: ProcessRecord)>) {
        batch.removeAll(keepingCapacity: true)
        for (time, record) in records {
            let event: ThreadEvent
            switch record {
            case .forked(let pid, _, let tid, _): event = ThreadEvent(time: time, pid: pid, tid: tid, kind: .began)
            case .exited(let pid, let tid): event = ThreadEvent(time: time, pid: pid, tid: tid, kind: .ended)
            case .named(let pid, let tid, _, true):
                event = ThreadEvent(time: time, pid: pid, tid: tid, kind: .executed)
            default: continue
            }
            if lookup.isSelected(event.tid) { batch.append(event) }
        }
        for shard in shards {
            guard let waits = shard.waits else { continue }
            batch += waits.events
            waits.events.removeAll(keepingCapacity: true)
        }
        // Records of one ring are in order, a stack before its switch: equal times keep theirs.
        let order = batch.indices.sorted { (batch[$0].time, $0) < (batch[$1].time, $1) }
        for index in order {
            let event = batch[index]
            guard lookup.isSelected(event.tid) else { continue }
            if ignoresKernelThreads, lookup.belongsToKernel(event.pid) { continue }
            if case .woken(let waker) = event.kind, waker > 0 { noteName(of: waker) }
            ledger.apply(event) { pid, tid, time in lookup.threadIndex(pid: pid, tid: tid, at: time) }
        }
    }

    /// Descriptors that become readable when whole stacks wait; of one event that has not hung up for each CPU.
    func pollDescriptors(hungUp: Set<Int32>) -> [Int32] {
        guard isLearning else { return [] }
        var found: [Int32: Int32] = [:]
        for event in events where found.count < copyRings.count && roles[event.id] == .copies {
            guard found[event.target.cpu] == nil, !hungUp.contains(event.descriptor) else { continue }
            found[event.target.cpu] = event.descriptor
        }
        return Array(found.values)
    }

    /// Looks at threads that wait without a known stack.
    func look(at time: UInt64) {
        guard let shard = shards.first else { return }
        let span = hasStacks ? Self.lookAfter : 0
        for (pid, tid, _) in ledger.unplacedThreads(at: time, span: span).prefix(Self.looksInRound) {
            switch shard.look(at: tid, of: pid, proc: proc, now: time) {
            case .some(let place): ledger.note(place, forThread: tid, isTypical: !hasStacks)
            case .none: ledger.note(WaitPlace(), forThread: tid)
            }
        }
    }

    /// Ends all accounts; call once.
    func finish(at time: UInt64) {
        ledger.finish(at: time) { pid, tid, time in lookup.threadIndex(pid: pid, tid: tid, at: time) }
    }

    /// The waits, with stacks as nodes of a table that they are added to.
    func waits(mergedInto table: inout StackTable) -> SampledWaits {
        var result = SampledWaits(hasStacks: hasStacks, tellsWakers: companions.contains { $0.role == .wakings })
        result.estimated = ledger.estimated
        // The same key of several shards is the same stack: one that was copied whole wins.
        var stacks: [UInt64: WaitStacks.Stack] = [:]
        for shard in shards {
            guard let found = shard.waits?.stacks.stacks else { continue }
            for (key, stack) in found where stacks[key]?.isWhole != true {
                var own = stack
                own.node = table.intern(shard.stacks.stack(at: stack.node)).index
                stacks[key] = own
            }
        }
        nameEndedWakers()
        result.add(ledger.accounts, stacks: stacks, sites: sites.sites) { tid in names[tid] ?? "tid \(tid)" }
        result.times = ledger.times
        result.intervals = ledger.intervals
        return result
    }

    /// Of threads that had ended before their names were read, the names that their records tell.
    private func nameEndedWakers() {
        let known = lookup.threadNames()
        for (tid, name) in names where name == "tid \(tid)" {
            if let found = known[tid], !found.isEmpty { names[tid] = "\(found) (tid \(tid))" }
        }
    }

    private func noteName(of tid: Int32) {
        guard names[tid] == nil, names.count < 1 << 16 else { return }
        names[tid] = proc.waiterName(of: tid)
    }
}
