/// Keeps account of what each thread does at every moment, from the kernel's records of switches.
///
/// Each nanosecond between the beginning and the end of a thread's observation is in exactly one of the accounts on
/// CPU, runnable, blocked or unknown: they add up to the time of observation.
struct WaitLedger {
    /// How long a thread was in each state, in nanoseconds.
    struct Times: Hashable, Sendable {
        var onCPU: UInt64 = 0
        var runnable: UInt64 = 0
        var blocked: UInt64 = 0
        /// While records were lost.
        var unknown: UInt64 = 0

        var total: UInt64 { onCPU &+ runnable &+ blocked &+ unknown }
        var offCPU: UInt64 { runnable &+ blocked }
    }

    /// What a wait is booked under.
    struct Account: Hashable, Sendable {
        var thread: Int32
        var key: UInt64
        var site: Int32
        /// The thread that ended the wait, 0 for an interrupt, -1 when unknown.
        var waker: Int32
    }

    private enum State: Hashable {
        /// No record yet.
        case unseen
        case onCPU
        case off(wasRunnable: Bool)
    }

    private struct Clock {
        var pid: Int32
        var state: State
        /// When the state began; for one that is unseen, when its observation began.
        var since: UInt64
        /// Where it waits, or waited last.
        var place = WaitPlace()
        /// Where it is about to wait, from the sample before the switch.
        var next: WaitPlace?
        var wokenAt: UInt64?
        var waker: Int32 = -1
        var hasBeenLookedAt = false
        /// Of a thread without any record: whether it ran when it was looked at.
        var wasSeenRunning = false
        /// Whether `place` is where the thread waited before, for want of a sample.
        var isEstimated = false
        /// Where it blocked last.
        var lastBlocked: WaitPlace?
        var times = Times()
    }

    /// Nanoseconds and number of waits by account.
    private(set) var accounts: [Account: StackTable.Weight] = [:]
    /// Times by index into the ``ThreadTable``, of threads and programs that have ended and at the end of all.
    private(set) var times: [Int32: Times] = [:]
    /// Nanoseconds of waits that were booked where their thread had blocked before, for want of a sample.
    private(set) var estimated: UInt64 = 0
    /// When each wait was; nil where nobody asked.
    private(set) var intervals: WaitTimes?
    private var clocks: [Int32: Clock] = [:]
    /// Threads that have ended: the switch with which they leave their CPU for good comes after that.
    private var endedThreads: Set<Int32> = []
    private let runnableSite: Int32

    /// Two events of one thread, when it is observed twice, tell of one switch this close to each other.
    private static let duplicateSpan: UInt64 = 20_000

    /// - Parameters:
    ///   - runnableSite: the ``WaitSites`` index of threads that wait for a CPU.
    ///   - intervals: takes in when each wait was.
    init(runnableSite: Int32, intervals: WaitTimes? = nil) {
        self.runnableSite = runnableSite
        self.intervals = intervals
    }

    /// Numbers a thread: process id, thread id, time.
    typealias ThreadIndex = (Int32, Int32, UInt64) -> Int32

    /// Observes a thread that exists already.
    mutating func observe(pid: Int32, tid: Int32, since time: UInt64) {
        guard clocks[tid] == nil else { return }
        clocks[tid] = Clock(pid: pid, state: .unseen, since: time)
    }

    /// Takes in one event; those of a thread come in the order of their times.
    mutating func apply(_ event: ThreadEvent, threadIndex: ThreadIndex) {
        guard event.tid > 0 else { return }
        if event.kind.isSwitch, endedThreads.contains(event.tid) { return }
        switch event.kind {
        case .began:
            // Its clock starts anew: the id may have been used before.
            if clocks[event.tid] != nil { close(event.tid, at: event.time, threadIndex: threadIndex) }
            begin(event, state: .off(wasRunnable: true), threadIndex: threadIndex)
        case .ended:
            close(event.tid, at: event.time, threadIndex: threadIndex)
            endedThreads.insert(event.tid)
        case .executed:
            close(event.tid, at: event.time, threadIndex: threadIndex)
            begin(event, state: .onCPU, threadIndex: threadIndex)
        case .woken(let waker):
            guard var clock = clocks[event.tid], clock.wokenAt == nil, event.time >= clock.since,
                clock.state == .off(wasRunnable: false)
            else { return }
            clock.wokenAt = event.time
            clock.waker = waker
            clocks[event.tid] = clock
        case .stack(let place):
            let unseen = Clock(pid: event.pid, state: .unseen, since: event.time)
            clocks[event.tid, default: unseen].next = place
        case .off(let wasRunnable):
            var clock = clocks[event.tid] ?? Clock(pid: event.pid, state: .onCPU, since: event.time)
            let elapsed = event.time &- min(clock.since, event.time)
            switch clock.state {
            case .onCPU, .unseen: clock.times.onCPU &+= elapsed
            case .off:
                guard elapsed > Self.duplicateSpan else {
                    if clock.place.key == 0, let next = clock.next { clock.place = next }
                    clock.next = nil
                    clocks[event.tid] = clock
                    return
                }
                clock.times.unknown &+= elapsed
            }
            let thread = clock.place.thread
            // A switch whose sample was lost is booked where the thread blocked before.
            clock.isEstimated = clock.next == nil && !wasRunnable && clock.lastBlocked != nil
            clock.place = clock.next ?? (clock.isEstimated ? clock.lastBlocked : nil) ?? WaitPlace(thread: thread)
            if !wasRunnable, let next = clock.next { clock.lastBlocked = next }
            clock.next = nil
            clock.state = .off(wasRunnable: wasRunnable)
            clock.since = event.time
            clock.wokenAt = nil
            clock.waker = -1
            clock.hasBeenLookedAt = false
            clocks[event.tid] = clock
        case .onto:
            var clock = clocks[event.tid] ?? Clock(pid: event.pid, state: .onCPU, since: event.time)
            if clock.state == .onCPU {
                let elapsed = event.time &- min(clock.since, event.time)
                guard elapsed > Self.duplicateSpan else { return }
                clock.times.unknown &+= elapsed
            } else {
                settle(&clock, tid: event.tid, at: event.time, threadIndex: threadIndex)
            }
            clock.state = .onCPU
            clock.since = event.time
            clocks[event.tid] = clock
        }
    }

    /// Ends the accounts of all other threads at their last change: what they have done since is not known.
    mutating func leave(allBut threads: Set<Int32>, threadIndex: ThreadIndex) {
        for tid in clocks.keys.sorted() where !threads.contains(tid) {
            close(tid, at: clocks[tid]?.since ?? 0, threadIndex: threadIndex)
        }
    }

    /// Books the time since the last change up to the end of the recording; call once.
    mutating func finish(at time: UInt64, threadIndex: ThreadIndex) {
        for tid in clocks.keys.sorted() { close(tid, at: time, threadIndex: threadIndex) }
        intervals?.finish()
    }

    /// Threads that wait without a known stack for longer than `span`, or were never seen to switch.
    func unplacedThreads(at time: UInt64, span: UInt64) -> [(pid: Int32, tid: Int32, isUnseen: Bool)] {
        clocks.compactMap { tid, clock in
            guard !clock.hasBeenLookedAt else { return nil }
            switch clock.state {
            case .unseen: return (clock.pid, tid, true)
            case .off(wasRunnable: false):
                guard clock.place.key == 0 || clock.isEstimated, time &- min(clock.since, time) >= span else {
                    return nil
                }
                return (clock.pid, tid, false)
            case .onCPU, .off: return nil
            }
        }
    }

    /// Notes what a look at a waiting thread found; nil when it runs.
    ///
    /// - Parameters:
    ///   - place: where it waits.
    ///   - tid: the thread.
    ///   - isTypical: whether its later waits are booked there as well, because no samples tell of them.
    mutating func note(_ place: WaitPlace?, forThread tid: Int32, isTypical: Bool = false) {
        clocks[tid]?.hasBeenLookedAt = true
        guard let place else {
            // Records of before may still come, and say more: a look is worth something only where none does.
            clocks[tid]?.wasSeenRunning = true
            return
        }
        clocks[tid]?.place = place
        clocks[tid]?.isEstimated = false
        if isTypical, place.key != 0 { clocks[tid]?.lastBlocked = place }
    }

    private mutating func begin(_ event: ThreadEvent, state: State, threadIndex: ThreadIndex) {
        endedThreads.remove(event.tid)
        var clock = Clock(pid: event.pid, state: state, since: event.time)
        clock.place.thread = threadIndex(event.pid, event.tid, event.time)
        clocks[event.tid] = clock
    }

    private mutating func close(_ tid: Int32, at time: UInt64, threadIndex: ThreadIndex) {
        guard var clock = clocks.removeValue(forKey: tid) else { return }
        let elapsed = time &- min(clock.since, time)
        switch clock.state {
        case .onCPU: clock.times.onCPU &+= elapsed
        case .unseen where clock.wasSeenRunning: clock.times.onCPU &+= elapsed
        case .off, .unseen: settle(&clock, tid: tid, at: time, threadIndex: threadIndex)
        }
        if clock.place.thread < 0 { clock.place.thread = threadIndex(clock.pid, tid, time) }
        times[clock.place.thread, default: Times()].add(clock.times)
    }

    /// Books a wait that has ended.
    private mutating func settle(_ clock: inout Clock, tid: Int32, at time: UInt64, threadIndex: ThreadIndex) {
        let elapsed = time &- min(clock.since, time)
        if clock.place.thread < 0 { clock.place.thread = threadIndex(clock.pid, tid, time) }
        if clock.isEstimated { estimated &+= elapsed }
        if clock.state == .off(wasRunnable: true) {
            clock.times.runnable &+= elapsed
            book(elapsed, from: clock.since, count: 1, clock.place, site: runnableSite, waker: -1)
            return
        }
        let woken = min(max(clock.wokenAt ?? time, clock.since), time)
        let blocked = woken &- min(clock.since, woken)
        clock.times.blocked &+= blocked
        book(blocked, from: clock.since, count: 1, clock.place, site: clock.place.site, waker: clock.waker)
        let late = elapsed &- blocked
        guard late > 0 else { return }
        clock.times.runnable &+= late
        book(late, from: woken, count: 0, clock.place, site: runnableSite, waker: -1)
    }

    private mutating func book(
        _ time: UInt64, from start: UInt64, count: UInt64, _ place: WaitPlace, site: Int32, waker: Int32
    ) {
        let account = Account(thread: place.thread, key: place.key, site: site, waker: waker)
        accounts[account, default: StackTable.Weight()].add(StackTable.Weight(count: count, period: time))
        if time > 0 { intervals?.add(account, from: start, for: time) }
    }
}

extension WaitLedger.Times {
    mutating func add(_ other: WaitLedger.Times) {
        onCPU &+= other.onCPU
        runnable &+= other.runnable
        blocked &+= other.blocked
        unknown &+= other.unknown
    }
}
