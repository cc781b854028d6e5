import Glibc
import PerfClients
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
import PerfProbes

/// Watches a host or a process window by window, and diagnoses the last of them each time.
package final class WatchSession {
    package struct Options: Sendable {
        /// The process that is diagnosed within its cgroup; nil for the host.
        package var target: Int32?
        package var interval: Duration = .seconds(2)
        package var thresholds: [String: CheckThreshold] = [:]
        /// What is asked for the guides' key metrics, as ``ProbeSession/urls(_:)`` checked it.
        package var servers: [ServerURL] = []

        package init() {}
    }

    /// What a window adds.
    package struct Update: Sendable {
        /// Over the last windows; of fewer than three it is no verdict yet.
        package var diagnosis: Diagnosis
        package var observation: HostObservation
        package var snapshots: [HostSnapshot]
        package var warnings: [Warning]
        /// All eight of the guide; empty where no server is asked.
        package var keyMetrics: [KeyMetricState]

        /// The newest window.
        package var window: HostWindow { observation.parts.last ?? observation.whole }
        package var isVerdict: Bool { observation.parts.count >= HostObservation.fewestParts }
    }

    /// What happened while watching.
    package enum Event: Sendable {
        case update(Update)
        /// The target is no more: nothing else will come.
        case targetEnded
        case signal(SignalReceiver.Signal)
        case input
        case woken
    }

    private let options: Options
    /// How many windows a verdict rests on.
    private let windowCount: Int
    private var snapshots: [HostSnapshot] = []
    private var hasRehearsed = false
    package let loop: ObservationLoop
    /// Nil where no server is asked.
    private let board: KeyMetricBoard?
    private var sampledAt: UInt64 = 0

    /// A verdict is over so much time at least, and over three windows.
    private static let shortestSpan: Duration = .seconds(6)

    /// Key metrics are shown over so much time.
    private static let shownSpan: Duration = .seconds(60)

    /// - Throws: when the target does not exist, or nothing can be read.
    package init(options: Options) throws {
        self.options = options
        if let target = options.target { try DiagnoseSession.checkExists(target) }
        let interval = max(1, options.interval.wholeNanoseconds)
        windowCount = max(
            HostObservation.fewestParts,
            Int(clamping: (Self.shortestSpan.wholeNanoseconds + interval - 1) / interval))
        board =
            options.servers.isEmpty
            ? nil : KeyMetricBoard(historyCount: min(300, max(10, Int(Self.shownSpan.wholeNanoseconds / interval))))
        // Whoever watches for hours has to be cheap: fewer looks, as many windows tell as much.
        var pace = ObservationLoop.Pace()
        pace.share = 500
        pace.shortest = 200_000_000
        pace.longest = 1_000_000_000
        loop = ObservationLoop(
            collector: HostCollector(
                source: try LiveHost(), options: HostCollectorOptions(target: options.target)),
            window: options.interval, pace: pace, signals: try SignalReceiver())
    }

    /// A process that is looked at closely, whatever it does; nil for none.
    package var pinned: Int32? {
        get { loop.collector.options.pinned }
        set { loop.collector.options.pinned = newValue }
    }

    /// Watches until `handle` says that it is over, or the target ends.
    package func run(_ handle: (Event) throws -> ObservationLoop.Decision) throws {
        let servers: KeyMetricWatch? = if let board { try KeyMetricWatch(options.servers, board: board) } else { nil }
        defer { servers?.stop() }
        try loop.run { event in
            switch event {
            case .snapshot(let snapshot): try take(snapshot, handle)
            case .signal(let signal): try handle(.signal(signal))
            case .input: try handle(.input)
            case .woken: try handle(.woken)
            }
        }
    }

    /// How many processes are looked at closely next: fewer where a snapshot took more than half a percent of a CPU.
    ///
    /// - Parameters:
    ///   - count: so many were looked at.
    ///   - cost: CPU time of the snapshot, nanoseconds.
    ///   - interval: from one snapshot to the next.
    /// - Returns: from 8 to 20, as a diagnosis has.
    static func deepProcesses(after count: Int, cost: UInt64, interval: Duration) -> Int {
        let budget = UInt64(clamping: interval.wholeNanoseconds) / 200
        if cost > budget { return max(8, count * 3 / 4) }
        return cost < budget / 2 ? min(20, count + 1) : count
    }

    private func keyMetrics(beside observation: HostObservation) -> [KeyMetricState] {
        guard let board else { return [] }
        let now = MonotonicClock.nanoseconds
        defer { sampledAt = now }
        return board.sample(
            at: now, host: HostKeyMetrics.of(observation.parts.last ?? observation.whole),
            span: sampledAt == 0 ? 0 : now - sampledAt)
    }

    private func take(
        _ snapshot: HostSnapshot, _ handle: (Event) throws -> ObservationLoop.Decision
    ) throws -> ObservationLoop.Decision {
        // One that nobody has waited for still has its entry.
        if let target = options.target, snapshot.processes.value?[target]?.hasEnded ?? true {
            guard snapshots.count >= 2 else { throw DiagnoseError.targetEnded(pid: target) }
            _ = try handle(.targetEnded)
            return .end
        }
        guard hasRehearsed else {
            hasRehearsed = true
            return .goOn
        }
        loop.collector.options.deepProcesses = Self.deepProcesses(
            after: loop.collector.options.deepProcesses, cost: snapshot.cost.cpuNanoseconds,
            interval: options.interval)
        snapshots.append(snapshot)
        if snapshots.count > windowCount + 1 { snapshots.removeFirst() }
        // A single snapshot, or a machine that stood still in between: there will be a window after the next one.
        guard let observation = HostObservation(snapshots, thresholds: options.thresholds) else { return .goOn }
        let evidence = EvidenceBuilder(observation: observation).evidence()
        return try handle(
            .update(
                Update(
                    diagnosis: Judge.diagnosis(of: evidence), observation: observation, snapshots: snapshots,
                    warnings: ObservationDoubts(observation: observation).warnings,
                    keyMetrics: keyMetrics(beside: observation))))
    }
}
