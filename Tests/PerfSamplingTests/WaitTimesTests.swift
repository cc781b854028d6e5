import PerfModel
import PerfProfiles
import Testing

@testable import PerfSampling

@Suite("Wait times")
struct WaitTimesTests {
    private static func account(_ thread: Int32) -> WaitLedger.Account {
        WaitLedger.Account(thread: thread, key: 5, site: 1, waker: 8)
    }

    private func entries(_ times: WaitTimes) -> [[UInt64]] {
        var result: [[UInt64]] = []
        times.read { account, start, duration in
            result.append([UInt64(times.accounts[account].thread), start, duration])
        }
        return result
    }

    @Test("keeps each wait as it was, to the microsecond")
    func exact() {
        var times = WaitTimes(byteLimit: 1000)
        times.add(Self.account(1), from: 5_000_000_123, for: 1_000_000)
        times.add(Self.account(2), from: 4_000_000_000, for: 400)
        times.add(Self.account(1), from: 7_000_000_000, for: 3_600_000_000_000)
        times.finish()
        #expect(
            entries(times) == [
                [1, 5_000_000_000, 1_000_000], [2, 4_000_000_000, 1000], [1, 7_000_000_000, 3_600_000_000_000],
            ])
        #expect(times.byteCount < 36)
    }

    @Test("where room is scarce, short waits of one kind within a millisecond become one that is as long as all")
    func merged() {
        var times = WaitTimes(byteLimit: 120)
        for _ in 0..<16 { times.add(Self.account(1), from: 1_000_000_000, for: 2_000_000) }
        #expect(times.byteCount > 60)
        let kept = times.count
        for index in 0..<100 { times.add(Self.account(1), from: 2_000_000_000 + UInt64(index) * 5_000, for: 3_000) }
        times.add(Self.account(1), from: 2_002_000_000, for: 3_000)
        times.finish()
        let merged = Array(entries(times)[kept...])
        #expect(merged == [[1, 2_000_000_000, 300_000], [1, 2_002_000_000, 3_000]])
        #expect(times.droppedCount == 0)
        #expect(times.byteCount <= 120)
    }

    @Test("waits that find no room are counted, each of them")
    func full() {
        var times = WaitTimes(byteLimit: 100)
        for index in 0..<1000 {
            // Every other one is long: it cannot be put together with another.
            let length: UInt64 = index % 2 == 0 ? 2_000_000 : 2_000
            times.add(Self.account(1), from: 1_000_000_000 + UInt64(index) * 100_000, for: length)
        }
        times.finish()
        #expect(times.byteCount <= 100)
        var waited: UInt64 = 0
        times.read { _, _, duration in waited += duration }
        #expect(waited > 0)
        #expect(times.droppedCount > 400 && times.droppedCount < 1000)
    }

    @Test("the ledger notes when a thread was blocked and when it waited for a CPU")
    func ledger() {
        var ledger = WaitLedger(runnableSite: 99, intervals: WaitTimes())
        let events: [(UInt64, ThreadEvent.Kind)] = [
            (1_000_000, .began), (1_100_000, .onto), (2_000_000, .stack(WaitPlace(key: 5, site: 1, thread: 7))),
            (2_000_000, .off(wasRunnable: false)), (5_000_000, .woken(by: 8)), (5_500_000, .onto),
        ]
        for (time, kind) in events {
            ledger.apply(ThreadEvent(time: time, pid: 1, tid: 7, kind: kind)) { _, tid, _ in tid }
        }
        ledger.finish(at: 6_000_000) { _, tid, _ in tid }
        var found: [[UInt64]] = []
        ledger.intervals?.read { account, start, duration in
            found.append([UInt64(ledger.intervals?.accounts[account].site ?? 0), start, duration])
        }
        #expect(
            found.map { Array($0[1...]) } == [[1_000_000, 100_000], [2_000_000, 3_000_000], [5_000_000, 500_000]])
        #expect(found.map { $0[0] } == [99, 1, 99])
        let booked = ledger.accounts.values.reduce(0) { $0 + $1.period }
        #expect(found.reduce(0) { $0 + $1[2] } == booked)
    }
}
