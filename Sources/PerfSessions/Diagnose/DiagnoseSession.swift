import Glibc
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
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
    }

    private let options: Options

    package init(options: Options) {
        self.options = options
    }

    private static let window: UInt64 = 2_000_000_000
    private static let rehearsal: UInt64 = 200_000_000
    private static let shortestLookInterval: UInt64 = 100_000_000
    /// Looks may take so much of a CPU: one part in so many.
    private static let lookShare: UInt64 = 100
    /// Fewer looks than these tell nothing, whatever they cost.
    private static let longestLookInterval: UInt64 = 400_000_000

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
        var (snapshots, isStopped) = try snapshots(of: collector, since: start, progress: progress)
        if let failure = recording?.failure { throw failure }
        // The last snapshots are all that is left of a process that has ended.
        if let target = options.target, snapshots.last?.processes.value?[target] == nil {
            let known = snapshots.prefix { $0.processes.value?[target] != nil }
            guard known.count >= 2 else { throw DiagnoseError.targetEnded(pid: target) }
            snapshots = Array(known)
            isStopped = true
        }
        var result = try Self.result(
            snapshots, thresholds: options.thresholds, startedAt: startedAt, host: HostDescription.current())
        if options.drillsDown, !isStopped, let request = result.diagnosis.drillDown {
            let profiled = DrillDown(request: request).profile { progress("profiling \(request.process)", $0) }
            result.profile = profiled.profile
            if let unmeasured = profiled.unmeasured { result.diagnosis.unmeasured.append(unmeasured) }
            if let hint = RuntimeHint.unmeasured(ofProcess: request.pid) { result.diagnosis.unmeasured.append(hint) }
        }
        if options.target == nil, !ProcFileSystem().isInFirstNamespace {
            result.warnings.append(
                Warning(
                    code: "container",
                    message:
                        "this is a container: /proc tells of the whole host, and what the container itself may use "
                        + "is not compared with it",
                    remedy: "diagnose its main process, within its limits: perfdoctor diagnose -p 1"))
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

    private static func result(
        _ snapshots: [HostSnapshot], thresholds: [String: CheckThreshold], startedAt: Int64, host: HostDescription?
    ) throws -> Result {
        guard let observation = HostObservation(snapshots) else {
            throw DiagnoseError.noWindow(snapshots: snapshots.count)
        }
        let evidence = EvidenceBuilder(observation: observation, thresholds: thresholds).evidence()
        return Result(
            diagnosis: Judge.diagnosis(of: evidence), observation: observation, snapshots: snapshots, profile: nil,
            host: host, startedAt: startedAt, duration: observation.whole.elapsed,
            warnings: ObservationDoubts(observation: observation).warnings)
    }

    private static func checkExists(_ pid: Int32) throws {
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
        let signals = try SignalReceiver()
        let whole = UInt64(clamping: options.duration.wholeNanoseconds)
        let count = max(UInt64(HostObservation.fewestParts), (whole + Self.window / 2) / Self.window)
        let length = max(1, whole / count)
        // Who is busy is known from the second snapshot on: the first one is a rehearsal.
        var snapshots = [collector.snapshot()]
        if Self.waits(for: signals, until: MonotonicClock.nanoseconds + min(Self.rehearsal, length / 5)) {
            return (snapshots, true)
        }
        snapshots.append(collector.snapshot())
        var lookInterval = Self.shortestLookInterval
        let begin = MonotonicClock.nanoseconds
        var nextLook = begin + lookInterval / 2
        for number in 1...count {
            let end = begin + length * number
            while true {
                let now = MonotonicClock.nanoseconds
                if now >= end { break }
                if now >= nextLook {
                    collector.look()
                    let cost = MonotonicClock.nanoseconds - now
                    lookInterval = min(
                        Self.longestLookInterval, max(Self.shortestLookInterval, cost * Self.lookShare))
                    // Not in step with programs that wake up regularly.
                    nextLook = MonotonicClock.nanoseconds + lookInterval * UInt64.random(in: 80...120) / 100
                }
                progress("observing", .nanoseconds(Int64(MonotonicClock.nanoseconds - start)))
                let wake = min(end, nextLook, MonotonicClock.nanoseconds + 250_000_000)
                if Self.waits(for: signals, until: wake) {
                    snapshots.append(collector.snapshot())
                    return (snapshots, true)
                }
            }
            snapshots.append(collector.snapshot())
        }
        return (snapshots, false)
    }

    /// Whether a signal that ends us came first.
    private static func waits(for signals: SignalReceiver, until wake: UInt64) -> Bool {
        let now = MonotonicClock.nanoseconds
        guard wake > now else { return false }
        var entry = pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: the entry outlives the call, which changes only it.
        unsafe poll(&entry, 1, Int32(clamping: (wake - now) / 1_000_000 + 1))
        while let signal = signals.next() {
            if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal.number) { return true }
        }
        return false
    }
}
