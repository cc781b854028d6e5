import PerfModel
import PerfProbes
import Testing

@Suite("The time limit of a probe")
struct TimeLimitTests {
    @Test("a server that never answers costs two timeouts after the end, and not one for each question")
    func silent() throws {
        let clock = FakeClock()
        var options = ProbeRun.Options()
        options.rate = 20
        options.duration = .seconds(10)
        options.timeout = .seconds(5)
        let silence = ProbeFailure(.timedOut, "no answer in time", remedy: nil, isConnectionUsable: true)
        let target = FakeTarget(clock: clock) { _ in
            clock.advance(by: 5_000_000_000)
            return .failure(silence)
        }
        let begin = clock.now
        let outcome = try ProbeRun(options: options, clock: clock).measure(
            [target], isStopped: { false }, progress: { _ in })
        let found = try #require(outcome.measurements.first)
        // Two questions warm it up before the schedule begins.
        #expect(clock.now - begin <= 30_000_000_000)
        #expect(found.sent == 200 && found.received == 0 && found.failures.first?.count == 200)
        #expect(found.timeline.slots.reduce(0) { $0 + $1.lost } == 200)
    }

    @Test("who is slow and answers is asked every time")
    func slow() throws {
        let clock = FakeClock()
        var options = ProbeRun.Options()
        options.count = 50
        let target = FakeTarget(clock: clock) { _ in .success(1_000_000_000) }
        let outcome = try ProbeRun(options: options, clock: clock).measure(
            [target], isStopped: { false }, progress: { _ in })
        #expect(outcome.measurements.first?.received == 50)
    }
}
