import PerfLinux
import PerfModel

/// The waits that were read from the kernel's tables: what they mean, and whether they add up.
struct KernelWaitBooks {
    typealias Life = KernelWaitTracker.Life

    /// A place in the kernel, as it was handed over.
    struct Place {
        var chain: [UInt64]
        var systemCall: UInt64?
    }

    private struct Seen {
        var sums: KernelAccount.Sums
        /// Readings since it last changed.
        var idleReadings = 0
    }

    private struct StackOfThread: Hashable {
        var thread: Int32
        var key: UInt64
    }

    var places: [UInt64: Place] = [:]
    /// What there was no room for in the kernel.
    var lostCount: UInt64 = 0
    private(set) var readCount = 0
    private(set) var accounts: [WaitLedger.Account: StackTable.Weight] = [:]
    private(set) var times: [Int32: WaitLedger.Times] = [:]
    private let sites: WaitSites
    private let runnableSite: Int32
    private let proc: ProcFileSystem
    private var threads: [Life: Int32] = [:]
    private var ended: Set<Life> = []
    private var endedBefore: Set<Life> = []
    private var seen: [KernelAccount: Seen] = [:]
    private var isCrowded = false
    /// Where threads waited that were not seen to switch; nil for those that ran.
    private var unseen: [Int32: WaitPlace?] = [:]
    /// Where in the kernel a thread with that stack waited last.
    private var lastSites: [StackOfThread: Int32] = [:]
    private var names: [Int32: String] = [:]

    /// Readings without a change after which the sums of a wait for a CPU make room for others.
    private static let idleReadings = 4
    private static let mostNames = 1 << 16

    init(sites: WaitSites, proc: ProcFileSystem) {
        self.sites = sites
        self.proc = proc
        runnableSite = sites.index(of: WaitSite(reason: .runnable, function: ""))
    }

    mutating func begin(_ life: Life, pid: Int32, thread: Int32) {
        if threads[life] == nil { threads[life] = thread }
    }

    mutating func end(_ life: Life, times: WaitLedger.Times) {
        guard let thread = threads[life] else { return }
        self.times[thread, default: WaitLedger.Times()].add(times)
        ended.insert(life)
    }

    mutating func note(_ place: WaitPlace?, forUnseen tid: Int32) {
        unseen[tid] = .some(place)
    }

    mutating func beginReading() {
        readCount = 0
        endedBefore = ended
    }

    /// Takes in the sums of an account; true when there will be no more, so that it can be dropped.
    mutating func take(_ account: KernelAccount, _ sums: KernelAccount.Sums, now: UInt64, isLast: Bool) -> Bool {
        readCount += 1
        // The record of its beginning comes with the next round.
        guard let thread = threads[account.life] else { return false }
        let isOver = endedBefore.contains(account.life)
        let known = seen[account]
        let change = sums.since(known?.sums ?? KernelAccount.Sums())
        if change == KernelAccount.Sums() {
            let idle = (known?.idleReadings ?? 0) + 1
            seen[account]?.idleReadings = idle
            let isIdle = isCrowded && account.kernelKey == WaitProgramLayout.runnableKey && idle >= Self.idleReadings
            guard isOver || isIdle else { return false }
            seen[account] = nil
            return true
        }
        guard let site = site(of: account, thread: thread, now: now, isLast: isLast) else { return false }
        book(change, of: account, thread: thread, site: site)
        seen[account] = isOver ? nil : Seen(sums: sums)
        return isOver
    }

    mutating func endReading(isCrowded: Bool) {
        self.isCrowded = isCrowded
        for life in endedBefore { threads[life] = nil }
        ended.subtract(endedBefore)
    }

    /// Nil when its place has not been handed over yet.
    private mutating func site(of account: KernelAccount, thread: Int32, now: UInt64, isLast: Bool) -> Int32? {
        switch account.kernelKey {
        case WaitProgramLayout.runnableKey: return runnableSite
        case WaitProgramLayout.unseenKey: return (unseen[account.life.tid] ?? nil)?.site ?? -1
        default: break
        }
        guard let place = places[account.kernelKey] else {
            // There was no room for its record.
            return isLast || endedBefore.contains(account.life) ? -1 : nil
        }
        let site = sites.index(
            chain: place.chain, systemCall: place.systemCall,
            arguments: (account.arguments.0, UInt64(account.arguments.1)), pid: account.pid, now: now)
        lastSites[StackOfThread(thread: thread, key: account.key)] = site
        return site
    }

    private mutating func book(_ sums: KernelAccount.Sums, of account: KernelAccount, thread: Int32, site: Int32) {
        var key = account.key
        if account.kernelKey == WaitProgramLayout.unseenKey, let place = unseen[account.life.tid] ?? nil {
            key = place.key
        }
        add(sums.time, count: sums.count, thread: thread, key: key, site: site, waker: account.waker)
        add(sums.late, count: 0, thread: thread, key: key, site: runnableSite, waker: -1)
        if account.waker > 0 { noteName(of: account.waker) }
    }

    private mutating func add(_ time: UInt64, count: UInt64, thread: Int32, key: UInt64, site: Int32, waker: Int32) {
        guard time > 0 else { return }
        let account = WaitLedger.Account(thread: thread, key: key, site: site, waker: waker)
        accounts[account, default: StackTable.Weight()].add(StackTable.Weight(count: count, period: time))
    }

    /// Ends the account of a thread that goes on after the recording.
    ///
    /// - Parameters:
    ///   - open: what it does.
    ///   - end: of the recording.
    ///   - seenAt: where /proc sees it wait; nil when nobody looked, or when it runs.
    mutating func close(_ open: OpenThread, at end: UInt64, seenAt: WaitPlace?) {
        guard let thread = threads[open.life] else { return }
        var sums = open.times
        let elapsed = end &- min(open.since, end)
        switch open.state {
        case .pending: return
        case .onCPU: sums.onCPU &+= elapsed
        case .runnable:
            sums.runnable &+= elapsed
            add(elapsed, count: 1, thread: thread, key: open.key, site: runnableSite, waker: -1)
        case .unseen:
            if case .some(.none) = unseen[open.life.tid] {
                sums.onCPU &+= elapsed
            } else {
                let place = (unseen[open.life.tid] ?? nil) ?? WaitPlace()
                sums.blocked &+= elapsed
                add(elapsed, count: 1, thread: thread, key: place.key, site: place.site, waker: -1)
            }
        case .blocked:
            let woken = open.wokenAt == 0 ? end : min(max(open.wokenAt, open.since), end)
            let blocked = woken &- min(open.since, woken)
            sums.blocked &+= blocked
            sums.runnable &+= elapsed &- blocked
            let site = seenAt?.site ?? lastSites[StackOfThread(thread: thread, key: open.key)] ?? -1
            add(blocked, count: 1, thread: thread, key: open.key, site: site, waker: open.waker)
            add(elapsed &- blocked, count: 0, thread: thread, key: open.key, site: runnableSite, waker: -1)
        }
        times[thread, default: WaitLedger.Times()].add(sums)
    }

    /// Books what threads waited for which no account had room, without a place.
    mutating func reconcile() {
        var booked: [Int32: WaitLedger.Times] = [:]
        for (account, weight) in accounts {
            if account.site == runnableSite {
                booked[account.thread, default: WaitLedger.Times()].runnable &+= weight.period
            } else {
                booked[account.thread, default: WaitLedger.Times()].blocked &+= weight.period
            }
        }
        for (thread, own) in times {
            let known = booked[thread] ?? WaitLedger.Times()
            add(own.blocked &- min(known.blocked, own.blocked), count: 1, thread: thread, key: 0, site: -1, waker: -1)
            add(
                own.runnable &- min(known.runnable, own.runnable), count: 1, thread: thread, key: 0,
                site: runnableSite, waker: -1)
        }
        // A thread whose end there was no room to tell of: what is booked is what is known.
        for (thread, known) in booked {
            times[thread, default: WaitLedger.Times()].blocked = max(known.blocked, times[thread]?.blocked ?? 0)
            times[thread, default: WaitLedger.Times()].runnable = max(known.runnable, times[thread]?.runnable ?? 0)
        }
    }

    func waits(stacks: [UInt64: WaitStacks.Stack]) -> SampledWaits {
        var result = SampledWaits(hasStacks: true, tellsWakers: true)
        result.source = .bpf
        result.lostInKernel = lostCount
        result.add(accounts, stacks: stacks, sites: sites.sites) { tid in names[tid] ?? "tid \(tid)" }
        result.times = times
        return result
    }

    /// A thread has got a name, which outlives it here.
    mutating func note(name: String, of tid: Int32) {
        guard names.count < Self.mostNames || names[tid] != nil else { return }
        names[tid] = "\(name) (tid \(tid))"
    }

    private mutating func noteName(of tid: Int32) {
        guard names[tid] == nil, names.count < Self.mostNames else { return }
        names[tid] = proc.waiterName(of: tid)
    }
}
