import CPerfLinux
import Glibc
import PerfLinux
import PerfModel
import Synchronization

/// Asks several targets at once, on one clock.
package struct ProbeRun: Sendable {
    package struct Options: Sendable {
        /// Questions a second, of each target.
        package var rate = 20.0
        /// Of each target; nil for as many as fit into ``duration``.
        package var count: Int?
        package var duration: Duration = .seconds(10)
        /// How long one answer, or a connection, may take.
        package var timeout: Duration = .seconds(5)
        /// Whether servers are looked into as well.
        package var checks = true
        package var thresholds: [String: CheckThreshold] = [:]

        package init() {}
    }

    /// How far it is.
    package struct Progress: Sendable {
        package var asked: Int
        package var planned: Int
        /// Nanoseconds, of the last answer; nil where there was none.
        package var latency: UInt64?
    }

    /// What all of it cost, and whether it can be trusted.
    package struct Outcome: Sendable {
        package var measurements: [ProbeMeasurement]
        /// CPU time of this process over wall time: CPUs.
        package var ownCPUs: Double
        /// Of the threads that ask: the part of the time in which they were ready and did not run, 0...1; nil where
        /// the kernel does not tell.
        package var runDelay: Double?
        /// Nanoseconds from the first question to the end.
        package var elapsed: UInt64
    }

    private let options: Options
    private let clock: any ProbeClock

    package init(options: Options, clock: any ProbeClock = KernelClock()) {
        self.options = options
        self.clock = clock
    }

    /// Between the start of the threads and the first question: connecting and warming up take their time.
    private static let lead: UInt64 = 300_000_000

    /// - Parameters:
    ///   - targets: resolved ones.
    ///   - isStopped: asked often; true ends it with what is there.
    ///   - progress: called a few times a second, on this thread.
    /// - Returns: in the order of the targets.
    /// - Throws: when the system gives no threads.
    package func measure(
        _ targets: [any ProbeTarget], isStopped: @escaping @Sendable () -> Bool, progress: (Progress) -> Void
    ) throws(SystemCallError) -> Outcome {
        let duration = UInt64(max(0, options.duration.wholeNanoseconds))
        let timeout = UInt64(max(1, options.timeout.wholeNanoseconds))
        let start = clock.now &+ Self.lead
        // With a count alone, the time is as long as that takes.
        let end = options.count == nil ? start &+ duration : start &+ UInt64(4e18)
        let schedules = targets.map { target in
            ProbeSchedule(
                start: start, rate: min(options.rate, target.mostRate ?? options.rate), count: options.count, end: end)
        }
        let planned = schedules.reduce(0) { $0 + $1.due(before: end) }
        let state = Mutex(Progress(asked: 0, planned: planned, latency: nil))
        let cpu = Self.ownCPUTime()
        var threads: [WorkerThread<AskedTarget>] = []
        var observers: [Int: ObserverRun] = [:]
        for (index, target) in targets.enumerated() {
            if options.checks, let observer = target.observer() {
                observers[index] = try ObserverRun(observer, timeout: timeout, clock: clock)
            }
            threads.append(
                try asker(of: target, schedules[index], timeout: timeout, isStopped) { latency in
                    state.withLock {
                        $0.asked += 1
                        $0.latency = latency
                    }
                })
        }
        while threads.contains(where: { $0.value == nil }) {
            usleep(20_000)
            progress(state.withLock { $0 })
        }
        let asked = threads.map { $0.join() }
        let elapsed = clock.now &- min(start, clock.now)
        let cpus = elapsed > 0 ? Double(Self.ownCPUTime() &- cpu) / Double(elapsed + Self.lead) : 0
        var measurements: [ProbeMeasurement] = []
        let network = asked.compactMap { $0 }.first { $0.isNetwork }?.result.recorder.quantile(0.5)
        for (index, target) in targets.enumerated() {
            guard let found = asked[index] else { continue }
            let client = ClientLatency(
                median: found.result.recorder.quantile(0.5), p95: found.result.recorder.quantile(0.95),
                p99: found.result.recorder.quantile(0.99), count: found.result.received, network: network)
            var report = observers[index]?.finish(client: client, thresholds: options.thresholds) ?? ServerReport()
            for failure in found.result.failures.keys { report.findings += target.findings(of: failure) }
            measurements.append(
                ProbeMeasurement(target, found.result, report: report))
        }
        let delays = asked.compactMap { $0?.runDelay }
        let outcome = Outcome(
            measurements: measurements, ownCPUs: cpus,
            runDelay: delays.isEmpty || elapsed == 0 ? nil : Double(delays.max() ?? 0) / Double(elapsed),
            elapsed: elapsed)
        return outcome.judged()
    }

    /// What the thread of one target gives back.
    private struct AskedTarget: Sendable {
        var result: TargetRun.Result
        /// Nanoseconds; nil where it is not told.
        var runDelay: UInt64?
        /// Whether what was measured is the network alone.
        var isNetwork: Bool
    }

    private func asker(
        of target: any ProbeTarget, _ schedule: ProbeSchedule, timeout: UInt64,
        _ isStopped: @escaping @Sendable () -> Bool, _ progress: @escaping @Sendable (UInt64?) -> Void
    ) throws(SystemCallError) -> WorkerThread<AskedTarget> {
        let clock = clock
        return try WorkerThread {
            pd_precise_thread()
            let before = pd_run_delay()
            let run = TargetRun(
                target: target, schedule: schedule, timeout: timeout, isStopped: isStopped,
                progress: { _, answer in
                    if case .success(let latency) = answer { progress(latency) } else { progress(nil) }
                }, clock: clock)
            let result = run.run()
            let after = pd_run_delay()
            return AskedTarget(
                result: result, runDelay: before >= 0 && after >= before ? UInt64(after - before) : nil,
                isNetwork: target is PingTarget || target is TCPTarget)
        }
    }

    /// Nanoseconds of CPU time of this process.
    private static func ownCPUTime() -> UInt64 {
        var time = timespec()
        // SAFETY: one timespec that outlives the call.
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
