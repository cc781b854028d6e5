import Testing

@testable import PerfSampling

@Suite("Wait ledger")
struct WaitLedgerTests {
    private static let runnableSite: Int32 = 99

    private func ledger(_ events: [ThreadEvent], end: UInt64) -> WaitLedger {
        var ledger = WaitLedger(runnableSite: Self.runnableSite)
        for event in events { ledger.apply(event) { _, tid, _ in tid } }
        ledger.finish(at: end) { _, tid, _ in tid }
        return ledger
    }

    private func event(_ time: UInt64, _ kind: ThreadEvent.Kind, tid: Int32 = 7) -> ThreadEvent {
        ThreadEvent(time: time, pid: 1, tid: tid, kind: kind)
    }

    private func place(_ key: UInt64, site: Int32 = 1, tid: Int32 = 7) -> ThreadEvent.Kind {
        .stack(WaitPlace(key: key, site: site, thread: tid))
    }

    @Test("a wait is booked under its stack, and what comes after the waking as runnable")
    func wait() {
        let ledger = ledger(
            [
                event(1_000_000, .began), event(1_100_000, .onto), event(2_000_000, place(5)),
                event(2_000_001, .off(wasRunnable: false)), event(5_000_001, .woken(by: 8)), event(5_500_001, .onto),
            ], end: 6_000_001)
        let blocked = WaitLedger.Account(thread: 7, key: 5, site: 1, waker: 8)
        let late = WaitLedger.Account(thread: 7, key: 5, site: Self.runnableSite, waker: -1)
        #expect(ledger.accounts[blocked] == StackTable.Weight(count: 1, period: 3_000_000))
        #expect(ledger.accounts[late] == StackTable.Weight(count: 0, period: 500_000))
        #expect(
            ledger.times[7]
                == WaitLedger.Times(onCPU: 900_001 + 500_000, runnable: 100_000 + 500_000, blocked: 3_000_000))
    }

    @Test("a thread that was preempted waits for a CPU only")
    func preempted() {
        let ledger = ledger(
            [
                event(1, .executed), event(100, place(5)), event(101, .off(wasRunnable: true)),
                event(400, .woken(by: 8)), event(501, .onto),
            ], end: 600)
        #expect(ledger.times[7] == WaitLedger.Times(onCPU: 100 + 99, runnable: 400))
    }

    @Test("a wait that is not over at the end, and one that began before the start, count up to the bounds")
    func open() {
        var ledger = WaitLedger(runnableSite: Self.runnableSite)
        ledger.observe(pid: 1, tid: 7, since: 1000)
        ledger.observe(pid: 1, tid: 8, since: 1000)
        #expect(ledger.unplacedThreads(at: 1000, span: 50).count == 2)
        ledger.note(WaitPlace(key: 3, site: 2, thread: 7), forThread: 7)
        ledger.note(nil, forThread: 8)
        #expect(ledger.unplacedThreads(at: 2000, span: 50).isEmpty)
        ledger.finish(at: 5000) { _, tid, _ in tid }
        #expect(ledger.times[7]?.blocked == 4000)
        #expect(ledger.times[8]?.onCPU == 4000)
        #expect(ledger.accounts[WaitLedger.Account(thread: 7, key: 3, site: 2, waker: -1)]?.period == 4000)
    }

    @Test("a thread that has left is accounted for up to its last record")
    func left() {
        var ledger = WaitLedger(runnableSite: Self.runnableSite)
        for event in [
            event(1000, .executed), event(3000, place(5)), event(3000, .off(wasRunnable: false)),
            event(1000, .executed, tid: 8),
        ] { ledger.apply(event) { _, tid, _ in tid } }
        ledger.leave(allBut: [8]) { _, tid, _ in tid }
        ledger.finish(at: 9000) { _, tid, _ in tid }
        #expect(ledger.times[7] == WaitLedger.Times(onCPU: 2000))
        #expect(ledger.times[8] == WaitLedger.Times(onCPU: 8000))
    }

    @Test("a thread that is observed twice is counted once")
    func duplicates() {
        let events = [
            event(1000, .executed), event(200_000, place(5)), event(200_001, .off(wasRunnable: false)),
            event(900_000, .onto), event(1_000_000, .off(wasRunnable: true)),
        ]
        let once = ledger(events, end: 2_000_000)
        let doubled = events.flatMap { [$0, ThreadEvent(time: $0.time + 900, pid: 1, tid: 7, kind: $0.kind)] }
        let twice = ledger(doubled, end: 2_000_000)
        let difference = Int64(twice.times[7]?.blocked ?? 0) - Int64(once.times[7]?.blocked ?? 0)
        #expect(abs(difference) < 3000)
        #expect(twice.times[7]?.unknown == 0)
    }

    @Test("lost switches are unknown time, not somebody's wait")
    func lost() {
        let ledger = ledger(
            [
                event(1, .executed), event(100_000, .off(wasRunnable: false)), event(300_000, .off(wasRunnable: false)),
                event(400_000, .onto), event(900_000, .onto),
            ], end: 1_000_000)
        #expect(ledger.times[7]?.unknown == 200_000 + 500_000)
        #expect(ledger.times[7]?.total == 999_999)
    }

    @Test("the last switch of a thread that has ended begins no new account; one that uses its id again does")
    func idReuse() {
        let ledger = ledger(
            [
                event(1, .executed), event(500, .ended), event(501, .off(wasRunnable: false)), event(2000, .began),
                event(2100, .onto),
            ], end: 3000)
        #expect(ledger.times[7] == WaitLedger.Times(onCPU: 499 + 900, runnable: 100))
    }

    @Test("the states of every thread add up to its time, whatever the records", arguments: 0..<200 as Range<UInt64>)
    func law(seed: UInt64) {
        var random = FixedRandom(state: seed)
        var ledger = WaitLedger(runnableSite: Self.runnableSite)
        var began: [Int32: UInt64] = [:]
        var expected: [Int32: UInt64] = [:]
        var time: UInt64 = 1_000_000
        for tid in 1...4 as ClosedRange<Int32> {
            ledger.observe(pid: 1, tid: tid, since: time)
            began[tid] = time
        }
        for _ in 0..<500 {
            time += .random(in: 0...60_000, using: &random)
            let tid = Int32.random(in: 1...4, using: &random)
            let kind: ThreadEvent.Kind
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<3: kind = .off(wasRunnable: Bool.random(using: &random))
            case 3..<6: kind = .onto
            case 6..<9: kind = place(.random(in: 1...3, using: &random), tid: tid)
            case 9: kind = .woken(by: 3)
            case 10: kind = .ended
            default: kind = .began
            }
            if kind == .ended, let start = began.removeValue(forKey: tid) { expected[tid, default: 0] += time - start }
            if kind == .began {
                if let start = began[tid] { expected[tid, default: 0] += time - start }
                began[tid] = time
            }
            ledger.apply(event(time, kind, tid: tid)) { _, tid, _ in tid }
        }
        ledger.finish(at: time) { _, tid, _ in tid }
        for (tid, start) in began { expected[tid, default: 0] += time - start }
        for (tid, total) in expected { #expect(ledger.times[tid]?.total == total) }
        let booked = ledger.accounts.values.reduce(0) { $0 + $1.period }
        #expect(booked == ledger.times.values.reduce(0) { $0 + $1.offCPU })
    }
}
