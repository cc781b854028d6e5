import PerfClients
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
import PerfProbes
import PerfProfiles
import PerfSampling

/// Observes a host, or replays one, and finds its bottleneck.
package struct DiagnoseSession {
    package struct Options: Sendable {
        /// The process that is diagnosed within its cgroup; nil for the host.
        package var target: Int32?
        /// How long to observe; cut into windows of two seconds, at least three of them.
        package var duration: Duration = .seconds(6)
        /// Where to keep what was read.
        package var recordDirectory: String?
        package var thresholds: [String: CheckThreshold] = [:]
        /// Servers that are asked meanwhile.
        package var servers: [ServerURL] = []
        /// Whether to profile the culprit afterwards.
        package var drillsDown = true

        package init() {}
    }

    /// What was observed and what follows from it.
    package struct Result: Sendable {
        package var diagnosis: Diagnosis
        package var observation: HostObservation
        /// All snapshots, in order.
        package var snapshots: [HostSnapshot]
        /// Of the culprit; nil where there is none or it could not be had.
        package var profile: Profile?
        /// Nil for a replay, whose host is not this one.
        package var host: HostDescription?
        /// Nanoseconds since 1970-01-01 UTC.
        package var startedAt: Int64
        package var duration: Duration
        package var warnings: [Warning]
        /// Servers that were asked meanwhile.
        package var servers: [ProbeMeasurement] = []
    }

    private let options: Options

    package init(options: Options) {
        self.options = options
    }

    /// Nanoseconds.
    private static let window: Int64 = 2_000_000_000
    /// Nanoseconds between two words about how far it is.
    private static let progressInterval: UInt64 = 250_000_000

    /// Observes the live host.
    ///
    /// - Parameter progress: called a few times a second, with what is being done and how long it has gone on.
    /// - Returns: the diagnosis.
    /// - Throws: when the target does not exist, or nothing can be read or kept.
    package func observe(progress: (String, Duration) -> Void) throws -> Result {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        if let target = options.target { try Self.checkExists(target) }
        let collectorOptions = HostCollectorOptions(target: options.target)
        let live = try LiveHost()
        let recording = try options.recordDirectory.map {
            try RecordingHost(host: live, directory: $0, options: collectorOptions)
        }
        let collector = HostCollector(source: recording ?? live, options: collectorOptions)
        let servers =
            options.servers.isEmpty
            ? nil : try ProbedServers(options.servers, for: options.duration, thresholds: options.thresholds)
        var (snapshots, isStopped) = try snapshots(of: collector, since: start, progress: progress)
        let probed = servers?.finish(isEarly: isStopped)
        if let failure = recording?.failure { throw failure }
        // The last snapshots are all that is left of a process that has ended.
        if let target = options.target, snapshots.last?.processes.value?[target] == nil {
            let known = snapshots.prefix { $0.processes.value?[target] != nil }
            guard known.count >= 2 else { throw DiagnoseError.targetEnded(pid: target) }
            snapshots = Array(known)
            isStopped = true
        }
        var result = try Self.result(
            snapshots, thresholds: options.thresholds, startedAt: startedAt, host: HostDescription.current(),
            servers: probed?.measurements ?? [])
        result.diagnosis.unmeasured += probed?.unmeasured ?? []
        if options.drillsDown, !isStopped, let request = result.diagnosis.drillDown {
            let profiled = DrillDown(request: request).profile { progress("profiling \(request.process)", $0) }
            result.profile = profiled.profile
            if let profile = profiled.profile {
                result.diagnosis.verdict = ProfileConfirmation.applied(
                    to: result.diagnosis.verdict, profile: profile, request: request)
            }
            if let unmeasured = profiled.unmeasured { result.diagnosis.unmeasured.append(unmeasured) }
            if let hint = RuntimeHint.unmeasured(ofProcess: request.pid) { result.diagnosis.unmeasured.append(hint) }
        }
        result.duration = .nanoseconds(Int64(MonotonicClock.nanoseconds - start))
        return result
    }

    /// Diagnoses what was kept earlier, here or on another host.
    ///
    /// - Parameters:
    ///   - directory: as ``Options/recordDirectory`` named it.
    ///   - thresholds: what the user set, by the id of the check.
    /// - Returns: the diagnosis, without a profile.
    /// - Throws: when the directory holds no recording that can be read.
    package static func replay(_ directory: String, thresholds: [String: CheckThreshold] = [:]) throws -> Result {
        let snapshots = try HostReplay(directory: directory).snapshots()
        return try result(
            snapshots, thresholds: thresholds, startedAt: Int64(clamping: snapshots.first?.takenAt.wall ?? 0), host: nil
        )
    }

    static func result(
        _ snapshots: [HostSnapshot], thresholds: [String: CheckThreshold], startedAt: Int64, host: HostDescription?,
        servers: [ProbeMeasurement] = []
    ) throws -> Result {
        guard let observation = HostObservation(snapshots, thresholds: thresholds) else {
            throw DiagnoseError.noWindow(snapshots: snapshots.count)
        }
        var evidence = EvidenceBuilder(observation: observation).evidence()
        evidence.add(servers, thresholds: thresholds)
        return Result(
            diagnosis: Judge.diagnosis(of: evidence), observation: observation, snapshots: snapshots, profile: nil,
            host: host, startedAt: startedAt, duration: observation.whole.elapsed,
            warnings: ObservationDoubts(observation: observation).warnings, servers: servers)
    }

    static func checkExists(_ pid: Int32) throws {
        do throws(SystemCallError) {
            _ = try ProcFileSystem().contents(of: "\(pid)/stat", atMost: 4096)
        } catch {
            throw DiagnoseError.noProcess(pid: pid, cause: error)
        }
    }

    /// Snapshots every two seconds, and looks at threads in between, until the time is over or a signal comes.
    private func snapshots(
        of collector: HostCollector, since start: UInt64, progress: (String, Duration) -> Void
    ) throws -> (snapshots: [HostSnapshot], isStopped: Bool) {
        let whole = options.duration.wholeNanoseconds
        let count = max(Int64(HostObservation.fewestParts), (whole + Self.window / 2) / Self.window)
        let loop = ObservationLoop(
            collector: collector, window: .nanoseconds(max(1, whole / count)), signals: try SignalReceiver())
        var snapshots: [HostSnapshot] = []
        var isStopped = false
        loop.wakeAt = MonotonicClock.nanoseconds
        loop.run { event in
            switch event {
            case .snapshot(let snapshot):
                snapshots.append(snapshot)
                // The first one is a rehearsal, the second one begins.
                return snapshots.count >= count + 2 ? .end : .goOn
            case .signal(let signal) where signal.ends:
                snapshots.append(collector.snapshot())
                isStopped = true
                return .end
            case .signal, .input: return .goOn
            case .woken:
                loop.wakeAt = MonotonicClock.nanoseconds + Self.progressInterval
                progress("observing", .nanoseconds(Int64(MonotonicClock.nanoseconds - start)))
                return .goOn
            }
        }
        return (snapshots, isStopped)
    }
}
