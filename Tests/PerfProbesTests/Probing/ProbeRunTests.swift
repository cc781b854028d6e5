import PerfModel
import PerfProbes
import Testing

@Suite("Asking on time")
struct ProbeRunTests {
    private func measured(
        rate: Double = 100, count: Int = 1000, limits: [LatencyLimit] = [], clock: FakeClock = FakeClock(),
        _ answer: @escaping @Sendable (UInt64) -> Result<UInt64, ProbeFailure>
    ) throws -> ProbeMeasurement {
        var options = ProbeRun.Options()
        options.rate = rate
        options.count = count
        let target = FakeTarget(limits: limits, clock: clock, answer: answer)
        let outcome = try ProbeRun(options: options, clock: clock).measure(
            [target], isStopped: { false }, progress: { _ in })
        return try #require(outcome.measurements.first)
    }

    @Test("a stall of half a second is seen by all questions that were due in it")
    func stall() throws {
        // The schedule begins 0.3 s after the first instant of the clock, and the server stands still from 3 s to 3.5 s.
        let start: UInt64 = 1_300_000_000
        let (from, to) = (start + 3_000_000_000, start + 3_500_000_000)
        let found = try measured { sentAt in
            .success((from..<to).contains(sentAt) ? to - sentAt + 100_000 : 100_000)
        }
        #expect(found.sent == 1000 && found.received == 1000)
        // 50 of 1,000 questions are due in the stall; they wait for what is left of it, 490 ms for the second one.
        let latency = try #require(found.latency)
        #expect(latency.p50 == 100_000 || latency.p50.map { abs(Int64($0) - 100_000) < 200 } == true)
        #expect(latency.max >= 500_000_000 && latency.max < 501_000_000)
        let p99 = try #require(latency.p99)
        #expect(p99 > 380_000_000 && p99 < 415_000_000)
        let mean = Double(latency.mean)
        #expect(mean > 12_500_000 && mean < 13_200_000)
    }

    @Test("a prober that stands still itself does not blame the server, and trusts itself no more")
    func ownStall() throws {
        // From 3 s to 5 s of ten nobody of ours runs; the server answers as always.
        let start: UInt64 = 1_300_000_000
        let clock = FakeClock(stop: start + 3_000_000_000..<start + 5_000_000_000)
        let found = try measured(clock: clock) { _ in .success(100_000) }
        #expect(found.received == 1000)
        #expect(found.latency?.max == 100_000, "\(String(describing: found.latency))")
        #expect(found.lag.map { $0.max >= 1_990_000_000 } == true)
        #expect(found.verdict == .invalid && found.reason?.contains("late itself") == true)
    }

    @Test(
        "percentiles need an answer beyond them", arguments: [(9, 0), (10, 1), (19, 1), (20, 2), (100, 3), (1000, 4)])
    func percentiles(_ count: Int, _ known: Int) throws {
        let found = try measured(count: count) { _ in .success(1000) }
        let latency = try #require(found.latency)
        let values = [latency.p90, latency.p95, latency.p99, latency.p999]
        #expect(values.compactMap { $0 }.count == known)
        #expect(latency.p50 != nil)
    }

    @Test("a server that refuses is failed, with its reason, and one that refuses now and then is slow")
    func failures() throws {
        let refused = ProbeFailure(.refused, "nobody is there", remedy: "start it", isConnectionUsable: true)
        let down = try measured(count: 50) { _ in .failure(refused) }
        #expect(down.verdict == .failed && down.reason == "nobody is there" && down.received == 0 && down.sent == 50)
        #expect(down.latency == nil && down.failures.first?.failure.kind == .refused)
        let flaky = try measured(count: 200) { sentAt in
            sentAt / 10_000_000 % 10 == 0 ? .failure(refused) : .success(1000)
        }
        #expect(flaky.verdict == .slow && flaky.lost > 0.05 && flaky.lost < 0.15)
    }

    @Test("a limit that a quantile passes makes a target slow, and says so")
    func limits() throws {
        let limit = LatencyLimit(quantile: 0.95, latency: .milliseconds(500), origin: "guide")
        let slow = try measured(rate: 1, count: 40, limits: [limit]) { _ in .success(600_000_000) }
        #expect(slow.verdict == .slow && slow.reason?.contains("p95 is 600 ms") == true)
        let fine = try measured(rate: 1, count: 40, limits: [limit]) { _ in .success(400_000_000) }
        #expect(fine.verdict == .ok && fine.reason == nil)
    }

    @Test("it ends when it is told to, with what is there")
    func stopped() throws {
        let clock = FakeClock()
        var options = ProbeRun.Options()
        options.count = 1_000_000
        let target = FakeTarget(clock: clock) { _ in .success(1000) }
        let outcome = try ProbeRun(options: options, clock: clock).measure(
            [target], isStopped: { clock.now > 20_000_000_000 }, progress: { _ in })
        let found = try #require(outcome.measurements.first)
        #expect(found.received > 100 && found.received < 1_000)
    }
}

@Suite("Latencies")
struct LatencyTests {
    @Test("the schedule is exact, whatever the rate", arguments: [0.1, 1, 3, 20, 1000, 99_999])
    func schedule(_ rate: Double) {
        let schedule = ProbeSchedule(start: 5, rate: rate, count: nil, end: 5 + 10_000_000_000)
        let count = schedule.due(before: .max)
        #expect(abs(Double(count) - 10 * rate) <= 1)
        #expect(schedule.time(of: 0) == 5)
        #expect(count == 0 || schedule.time(of: count - 1) != nil)
        #expect(schedule.time(of: count + 1) == nil)
    }

    @Test("a timeline keeps its memory bounded, and every answer")
    func timeline() {
        var timeline = ProbeTimeline(width: 1_000_000)
        for index in 0..<100_000 {
            timeline.add(at: UInt64(index) * 1_000_000, latency: index % 10 == 0 ? nil : UInt64(index))
        }
        #expect(timeline.slots.count <= 600)
        #expect(timeline.slots.reduce(0) { $0 + $1.answered } == 90_000)
        #expect(timeline.slots.reduce(0) { $0 + $1.lost } == 10_000)
        #expect(timeline.slots.map(\.most).max() == 99_999)
    }

    @Test("jitter is the mean difference of answers that follow one another")
    func jitter() {
        var recorder = LatencyRecorder()
        for value: UInt64 in [100, 200, 100, 200, 100] { recorder.add(value) }
        #expect(recorder.summary?.jitter == 100)
        #expect(recorder.summary?.min == 100 && recorder.summary?.max == 200 && recorder.summary?.mean == 140)
    }
}
