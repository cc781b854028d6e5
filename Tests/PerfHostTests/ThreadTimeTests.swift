import PerfModel
import Testing

@testable import PerfHost

@Suite("Time of threads")
struct ThreadTimeTests {
    /// A second in which a thread ran and waited so long, and was put on a CPU so often.
    private func rates(run: Double, wait: Double, slices: UInt64) -> ThreadRates {
        func sample(_ run: Double, _ wait: Double, _ slices: UInt64) -> ThreadSample {
            ThreadSample(
                tid: 7, name: "worker", state: "S", userTicks: 0, systemTicks: 0, minorFaults: 0, majorFaults: 0,
                startTicks: 1, blockDelayTicks: 0, processor: 0,
                runDelay: .available(
                    RunDelay(run: UInt64(run * 1e9), wait: UInt64(wait * 1e9), timeslices: slices)), delays: nil)
        }
        var changes = CounterChanges()
        return ThreadRates(sample(0, 0, 0), sample(run, wait, slices), 1_000_000_000, ticks: 100, &changes)
    }

    private func look(_ activity: ThreadActivity, _ object: WaitObject? = nil) -> ThreadLook {
        ThreadLook(pid: 7, tid: 7, state: "S", activity: activity, object: object)
    }

    private func waiting(_ reason: WaitReason) -> ThreadActivity {
        .waiting(reason: reason, function: "", systemCall: 202)
    }

    @Test("what is left after running and waiting for a CPU is divided by what it was seen waiting for")
    func divided() {
        let looks = [look(waiting(.disk)), look(waiting(.disk)), look(waiting(.memory)), look(.running)]
        let time = ThreadTime(rates(run: 0.3, wait: 0.1, slices: 50), looks: looks, isTarget: false)
        #expect(abs(time.onCPU - 0.3) < 1e-9 && abs(time.runnable - 0.1) < 1e-9)
        #expect(abs(time[.disk] - 0.4) < 1e-9 && abs(time[.memory] - 0.2) < 1e-9)
        #expect(abs(time.onCPU + time.runnable + time.blocked.values.reduce(0, +) - 1) < 1e-9)
    }

    @Test("a worker at a condition variable is idle, unless it is woken all the time; a mutex is a lock")
    func locks() {
        let condition = look(waiting(.lock), .futex(address: 16, isLock: false))
        let mutex = look(waiting(.lock), .futex(address: 16, isLock: true))
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 1), looks: [condition], isTarget: true)[.idle] == 1)
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 500), looks: [condition], isTarget: true)[.lock] == 1)
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 1), looks: [mutex], isTarget: true)[.lock] == 1)
    }

    @Test("a thread that waits for a peer is idle on a host that nobody asked about, and waits where somebody did")
    func peers() {
        let recv = look(waiting(.network), .descriptor(3))
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 2), looks: [recv], isTarget: false)[.idle] == 1)
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 2), looks: [recv], isTarget: true)[.network] == 1)
        #expect(ThreadTime(rates(run: 0, wait: 0, slices: 900), looks: [recv], isTarget: false)[.network] == 1)
    }

    @Test("what is hidden or was never looked at is unknown, and only the first is called hidden")
    func hidden() {
        let hidden = ThreadTime(rates(run: 0.25, wait: 0, slices: 9), looks: [look(.hidden)], isTarget: true)
        #expect(hidden[.unknown] == 0.75 && hidden.hidden == 0.75 && hidden.isActive)
        let unseen = ThreadTime(rates(run: 0, wait: 0, slices: 0), looks: [], isTarget: true)
        #expect(unseen[.unknown] == 1 && unseen.hidden == 0 && !unseen.isActive)
    }
}
