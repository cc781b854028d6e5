import PerfLinux
import PerfModel
import Synchronization

/// Looks into a server on a thread of its own until it is told to finish.
final class ObserverRun: Sendable {
    /// What the thread is told.
    private struct Orders {
        var client: ClientLatency?
        var thresholds: [String: CheckThreshold] = [:]
    }

    /// What the thread and we share.
    private final class Shared: Sendable {
        let orders = Mutex(Orders())
    }

    /// An observer belongs to its thread alone, once it is there.
    private struct Handed: @unchecked Sendable {
        let observer: any ServerObserver
    }

    private let shared = Shared()
    private let thread: WorkerThread<ServerReport>

    init(
        _ observer: any ServerObserver, timeout: UInt64, clock: any ProbeClock
    ) throws(SystemCallError) {
        let (shared, handed) = (shared, Handed(observer: observer))
        thread = try WorkerThread { Self.observe(handed.observer, shared, timeout, clock) }
    }

    /// Ends it, and gives what it says.
    func finish(client: ClientLatency, thresholds: [String: CheckThreshold]) -> ServerReport {
        shared.orders.withLock {
            $0.client = client
            $0.thresholds = thresholds
        }
        return thread.join() ?? ServerReport()
    }

    private static func observe(
        _ observer: any ServerObserver, _ shared: Shared, _ timeout: UInt64, _ clock: any ProbeClock
    ) -> ServerReport {
        func isOver() -> Bool { shared.orders.withLock { $0.client != nil } }
        do throws(ProbeFailure) {
            try observer.begin(before: clock.now &+ timeout)
        } catch {
            while !isOver() { clock.wait(until: clock.now &+ 50_000_000, isOver) }
            return ServerReport(
                unmeasured: [Unmeasured(id: "server", reason: error.summary, remedy: error.remedy ?? "")])
        }
        let interval = UInt64(max(1, observer.interval.wholeNanoseconds))
        var next = clock.now &+ interval
        while !isOver() {
            clock.wait(until: next, isOver)
            guard !isOver() else { break }
            observer.look(before: clock.now &+ timeout)
            // A look that took long is not made up for.
            next = max(next &+ interval, clock.now)
        }
        let orders = shared.orders.withLock { $0 }
        guard let client = orders.client else { return ServerReport() }
        return observer.finish(before: clock.now &+ timeout, client: client, thresholds: orders.thresholds)
    }
}
