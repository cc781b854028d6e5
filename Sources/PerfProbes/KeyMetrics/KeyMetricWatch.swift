import PerfClients
import PerfLinux
import PerfModel
import Synchronization

/// Asks targets for key metrics, on threads of its own, until it is told to stop.
///
/// Every five minutes names are resolved and connections made anew, so that nothing grows and a failover is followed.
package final class KeyMetricWatch: Sendable {
    private final class Flag: Sendable {
        let isStopped = Mutex(false)
    }

    /// A place of a URL that is asked: no more of its addresses are.
    private static let mostAddresses = 4
    /// Questions a second of a prober.
    private static let rate = 5.0
    private static let timeout: UInt64 = 2_000_000_000
    private static let pause: UInt64 = 2_000_000_000
    private static let round: UInt64 = 300_000_000_000

    private let flag = Flag()
    private let threads: [WorkerThread<Bool>]

    /// Whether a URL tells any of the key metrics.
    package static func tells(_ url: ServerURL) -> Bool {
        ["redis", "rediss", "redis+unix", "postgres", "postgresql", "http", "https", "metrics+http", "metrics+https"]
            .contains(url.scheme)
    }

    /// Begins to ask.
    ///
    /// - Parameters:
    ///   - urls: each of which ``tells(_:)`` something.
    ///   - board: where answers are put up.
    /// - Throws: when the system gives no threads.
    package init(_ urls: [ServerURL], board: KeyMetricBoard) throws(SystemCallError) {
        var threads: [WorkerThread<Bool>] = []
        for url in urls {
            let flag = flag
            threads.append(try WorkerThread { Self.watch(url, board, flag) })
        }
        self.threads = threads
    }

    /// Ends asking, which takes two seconds at most.
    package func stop() {
        flag.isStopped.withLock { $0 = true }
        for thread in threads { _ = thread.join() }
    }

    private static func watch(_ url: ServerURL, _ board: KeyMetricBoard, _ flag: Flag) -> Bool {
        let clock = KernelClock()
        let isStopped: @Sendable () -> Bool = { flag.isStopped.withLock { $0 } }
        guard let kind = ProbeTargets.all.first(where: { $0.schemes.contains(url.scheme) }) else { return false }
        let unresolved = KeyMetricBoard.Source(url: url.description, address: "")
        while !isStopped() {
            let targets: [any ProbeTarget]
            do throws(ProbeFailure) {
                targets = try kind.targets(of: url, before: clock.now &+ timeout)
                board.forget(unresolved)
            } catch {
                board.add(failed(error, metrics(of: url)), from: unresolved, at: clock.now)
                clock.wait(until: clock.now &+ pause, isStopped)
                continue
            }
            let end = clock.now &+ round
            var threads: [WorkerThread<Bool>] = []
            do throws(SystemCallError) {
                for target in targets.prefix(mostAddresses) {
                    let source = KeyMetricBoard.Source(url: target.url, address: target.address)
                    if let metric = latencyMetric(of: url) {
                        threads.append(
                            try WorkerThread { ask(target, metric, source, board, until: end, isStopped) })
                    }
                    if target.keyMetricReader() != nil {
                        threads.append(try WorkerThread { read(target, source, board, until: end, isStopped) })
                    }
                }
            } catch {
                let failure = ProbeFailure(.noPermission, error.summary, remedy: error.remedy)
                board.add(failed(failure, metrics(of: url)), from: unresolved, at: clock.now)
            }
            for thread in threads { _ = thread.join() }
            if threads.isEmpty { clock.wait(until: clock.now &+ pause, isStopped) }
        }
        return true
    }

    /// What the time of a bare answer tells.
    private static func latencyMetric(of url: ServerURL) -> KeyMetric? {
        if url.scheme.hasPrefix("redis") { return .redisLatency }
        return url.scheme.hasPrefix("http") ? .apiLatency : nil
    }

    private static func metrics(of url: ServerURL) -> [KeyMetric] {
        switch true {
        case url.scheme.hasPrefix("redis"): [.redisLatency, .queueDepth, .jobThroughput]
        case url.scheme.hasPrefix("http"): [.apiLatency, .errorRate]
        case url.scheme.hasPrefix("metrics"): [.apiLatency, .errorRate, .databaseTime]
        default: [.databaseTime]
        }
    }

    private static func failed(
        _ failure: ProbeFailure, _ metrics: [KeyMetric]
    ) -> [KeyMetric: Availability<KeyReading>] {
        Dictionary(
            metrics.map { ($0, .unavailable(reason: failure.summary, remedy: failure.remedy)) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func ask(
        _ target: any ProbeTarget, _ metric: KeyMetric, _ source: KeyMetricBoard.Source, _ board: KeyMetricBoard,
        until end: UInt64, _ isStopped: @escaping @Sendable () -> Bool
    ) -> Bool {
        let clock = KernelClock()
        let schedule = ProbeSchedule(
            start: clock.now, rate: min(rate, target.mostRate ?? rate), count: nil, end: end)
        _ = TargetRun(
            target: target, schedule: schedule, timeout: timeout, isStopped: isStopped,
            progress: { _, answer in
                board.add(
                    answer, as: metric, countsErrors: metric == .apiLatency, from: source, at: clock.now)
            }, clock: clock
        ).run()
        return true
    }

    private static func read(
        _ target: any ProbeTarget, _ source: KeyMetricBoard.Source, _ board: KeyMetricBoard, until end: UInt64,
        _ isStopped: @escaping @Sendable () -> Bool
    ) -> Bool {
        guard let reader = target.keyMetricReader() else { return false }
        let clock = KernelClock()
        board.expect(reader.metrics, from: source, at: clock.now)
        var next = clock.now
        while !isStopped(), clock.now < end {
            do throws(ProbeFailure) {
                board.add(try reader.read(before: clock.now &+ timeout), from: source, at: clock.now)
            } catch {
                board.add(failed(error, reader.metrics), from: source, at: clock.now)
            }
            // A look that took long is not made up for.
            next = max(next &+ pause, clock.now)
            clock.wait(until: next, isStopped)
        }
        return true
    }
}
