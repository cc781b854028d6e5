import PerfClients
import PerfModel
import PerfProbes
import Synchronization

/// A clock that stands still unless somebody waits.
final class FakeClock: ProbeClock {
    private let time = Mutex<UInt64>(1_000_000_000)

    var now: UInt64 { time.withLock { $0 } }

    /// While it stands still, nobody who waits wakes up.
    private let stop: Range<UInt64>

    init(stop: Range<UInt64> = 0..<0) { self.stop = stop }

    func wait(until instant: UInt64, _ isStopped: () -> Bool) {
        time.withLock { $0 = max($0, stop.contains(instant) ? stop.upperBound : instant) }
    }

    func advance(by nanoseconds: UInt64) { time.withLock { $0 += nanoseconds } }
}

/// A server whose answers take what a function of the time says.
struct FakeTarget: ProbeTarget {
    static let schemes = ["fake"]

    static func targets(of url: ServerURL, before deadline: UInt64) throws(ProbeFailure) -> [any ProbeTarget] { [] }

    let url = "fake://server"
    let address = "server:1"
    let method = "fake"
    var limits: [LatencyLimit] = []
    let clock: FakeClock
    /// Nanoseconds that an answer takes to a question that is sent at an instant; a failure for none.
    let answer: @Sendable (UInt64) -> Result<UInt64, ProbeFailure>

    func connect(before deadline: UInt64) throws(ProbeFailure) -> any Prober { FakeProber(target: self) }
}

final class FakeProber: Prober {
    let target: FakeTarget
    let connecting: [ProbePhase] = []

    init(target: FakeTarget) { self.target = target }

    func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let sentAt = target.clock.now
        let took = try target.answer(sentAt).get()
        target.clock.advance(by: took)
        return ProbeAnswer(sentAt: sentAt, receivedAt: target.clock.now)
    }
}
