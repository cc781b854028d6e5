import Glibc
import PerfLinux
import PerfModel
import PerfProfiles
import PerfSampling
import PerfSymbols

/// A recording: launches or attaches to its target, samples it, and makes a profile.
///
/// Call ``record(progress:)`` once, store the profile, and then ``waitForTarget()``.
package final class RecordSession {
    package enum Target: Hashable, Sendable {
        /// A program and its arguments.
        case launch([String])
        case attach(SamplingTarget)
    }

    /// How a recording came to its end.
    package enum Ending: Hashable, Sendable {
        case duration, targetEnded
        case signal(Int32)
    }

    /// What was recorded.
    package struct Recording: Sendable {
        package var profile: Profile
        package var ending: Ending
        /// The process that gives the file its name; nil for the system and for cgroups.
        package var pid: Int32?
        package var name: String
    }

    private let target: Target
    private let duration: Duration?
    private let options: SamplingOptions
    private let signals: SignalReceiver
    private let child: LaunchedProcess?
    private let sampler: PerfSampler
    /// The priority that we were started with.
    private let priority: ThreadPriority
    private let proc: ProcFileSystem
    private var observed: [ObservedProcess] = []
    /// The signal that asks us to stop, once one came.
    private var stopSignal: Int32?

    /// How long a launched program has to end after a signal that would end it, before the profile is stored.
    private static let grace: UInt64 = 2_000_000_000
    private static let longestPause: UInt64 = 100_000_000

    /// Prepares everything, up to the last step before the target runs or is sampled.
    ///
    /// - Throws: when the target cannot be sampled; nothing is left behind then.
    package init(
        target: Target, duration: Duration?, options: SamplingOptions, proc: ProcFileSystem = ProcFileSystem()
    ) throws {
        self.target = target
        self.duration = duration
        self.options = options
        self.proc = proc
        signals = try SignalReceiver()
        switch target {
        case .launch(let arguments):
            let child = try LaunchedProcess(arguments: arguments)
            // Only now, because the target keeps the priority that it would have without us.
            priority = ThreadPriority.raise()
            do {
                sampler = try PerfSampler(target: .launched(pid: child.pid), options: options, proc: proc)
            } catch {
                priority.restore()
                child.abandon()
                throw error
            }
            self.child = child
        case .attach(let target):
            child = nil
            priority = ThreadPriority.raise()
            do {
                sampler = try PerfSampler(target: target, options: options, proc: proc)
            } catch {
                priority.restore()
                throw error
            }
            if case .processes(let pids) = target {
                observed = pids.map { ObservedProcess(pid: $0, proc: proc) }
            }
        }
    }

    /// Samples until the duration is over, the target has ended, or a signal asks to stop; then looks up all names.
    ///
    /// - Parameter progress: called a few times a second while sampling.
    /// - Returns: the profile and how it ended.
    /// - Throws: when the target cannot be executed, or when there is nothing to report.
    package func record(progress: (SamplingProgress, Duration) -> Void) throws -> Recording {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        let stalledBefore = CPUPressure.stalledNanoseconds(proc)
        let (ending, sampled) = try sampled(since: start, progress: progress)
        let elapsed = MonotonicClock.nanoseconds - start
        let stalledAfter = CPUPressure.stalledNanoseconds(proc)
        let cpuTime = self.cpuTime()
        guard sampled.sampleCount > 0 else {
            throw RecordError.noSamples(
                target: description, elapsed: .nanoseconds(Int64(elapsed)),
                cpuTime: cpuTime.map { .nanoseconds(Int64(clamping: $0)) }, event: sampled.event.name,
                lost: sampled.lostCount
            )
        }
        let built = ProfileBuilder(symbolizer: Symbolizer(hostRoot: try RootDirectory(ofProcess: nil)))
            .profile(of: sampled)
        var profile = built.profile
        profile.startedAt = startedAt
        profile.duration = Int64(elapsed)
        var extras = ProfileExtras()
        extras.host = .current()
        extras.counts = sampled.extraCounts
        extras.event = sampled.event.name
        extras.frequencyHz = sampled.event.recordsEach ? 0 : sampled.frequency
        extras.unwind = options.unwind.rawValue
        extras.clock = options.clock.rawValue
        extras.threadTimes = (sampled.waits?.threadTimes ?? []).map { times in
            ProfileExtras.ThreadTimes(
                processID: Int64(sampled.threads[times.thread].pid), threadID: Int64(sampled.threads[times.thread].tid),
                onCPU: times.onCPU, runnable: times.runnable, blocked: times.blocked, unknown: times.unknown
            )
        }
        extras.waitSource = sampled.waits?.source.rawValue
        extras.target = description
        if case .launch = target { extras.isWholeRun = ending == .targetEnded }
        if let stalledBefore, let stalledAfter, stalledAfter >= stalledBefore, elapsed > 0 {
            let share = Double(stalledAfter - stalledBefore) / Double(elapsed)
            extras.cpuPressure = (min(share, 1) * 1000).rounded() / 1000
        }
        extras.warnings =
            RecordingDoubts(sampled: sampled, cpuTime: cpuTime, isSelective: !options.threads.isEmpty).warnings
            + WaitDoubts(sampled: sampled).warnings + sampled.warnings + built.warnings
        if let timeline = profile.timeline {
            profile.timeline?.range = 0..<max(timeline.range.upperBound, profile.duration)
            extras.warnings += Self.timelineDoubts(timeline)
        }
        profile.extras = extras
        return Recording(profile: profile, ending: ending, pid: child?.pid ?? observed.first?.pid, name: name)
    }

    private static func timelineDoubts(_ timeline: SampleTimeline) -> [Warning] {
        guard timeline.droppedCount > 0 else { return [] }
        return [
            Warning(
                code: "timeline_full",
                message: "the times of \(timeline.droppedCount) of \(timeline.droppedCount + Int64(timeline.count)) "
                    + "\(timeline.hasDurations ? "waits" : "samples") were not kept, because more do not fit: the end of "
                    + "the recording is missing from the time axis and from --time, not from the totals",
                remedy: timeline.hasDurations
                    ? "record for a shorter time (-d) or fewer threads (-t TID)"
                    : "record for a shorter time (-d) or sample less often (-F 99)"
            )
        ]
    }

    /// Samples with the priority that it takes, and without it from then on.
    private func sampled(
        since start: UInt64, progress: (SamplingProgress, Duration) -> Void
    ) throws -> (Ending, SampledStacks) {
        defer { priority.restore() }
        try sampler.start()
        try child?.start()
        let ending = try sample(since: start, progress: progress)
        return (ending, sampler.finish())
    }

    /// Waits until a launched program has ended, passing signals on; nil for targets that were not launched.
    package func waitForTarget() throws -> LaunchedProcess.Ending? {
        guard let child else { return nil }
        while try !child.poll() {
            wait(for: [signals.descriptor], atMost: Self.longestPause)
            takeSignals()
        }
        return child.ending
    }

    private func sample(since start: UInt64, progress: (SamplingProgress, Duration) -> Void) throws -> Ending {
        let end = duration.map { start &+ UInt64(clamping: $0.wholeNanoseconds) } ?? .max
        var stopAt = UInt64.max
        while true {
            let now = MonotonicClock.nanoseconds
            if now >= end { return .duration }
            if now >= stopAt, let stopSignal { return .signal(stopSignal) }
            wait(
                for: [signals.descriptor] + observed.compactMap(\.descriptor), rings: true,
                atMost: min(Self.longestPause, end - now)
            )
            sampler.drain()
            progress(sampler.progress, .nanoseconds(Int64(MonotonicClock.nanoseconds - start)))
            takeSignals()
            if let child {
                if try child.poll() { return .targetEnded }
                if stopSignal != nil, stopAt == .max { stopAt = MonotonicClock.nanoseconds + Self.grace }
            } else if let stopSignal {
                return .signal(stopSignal)
            }
            if !observed.isEmpty, observed.allSatisfy({ $0.hasEnded(proc: proc) }) { return .targetEnded }
        }
    }

    /// Waits until a descriptor is readable; ring descriptors of threads that have ended are left out from then on.
    private func wait(for descriptors: [Int32], rings: Bool = false, atMost nanoseconds: UInt64) {
        let ringDescriptors = rings ? sampler.pollDescriptors : []
        var polled = (descriptors + ringDescriptors).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // SAFETY: the array outlives the call, which changes only its elements.
        unsafe poll(&polled, nfds_t(polled.count), Int32(nanoseconds / 1_000_000) + 1)
        for entry in polled.suffix(ringDescriptors.count)
        where entry.revents & Int16(POLLHUP | POLLERR) != 0 {
            sampler.ignoreHangUp(of: entry.fd)
        }
    }

    private func takeSignals() {
        while let signal = signals.next() {
            switch signal.number {
            case SIGCHLD: continue
            case SIGINT, SIGTERM, SIGHUP, SIGQUIT: stopSignal = signal.number
            default: break
            }
            // What the terminal or the kernel sent, the target has received itself.
            if !signal.isFromKernel { child?.send(signal: signal.number) }
        }
    }

    /// Nanoseconds of CPU that the target used while it was recorded; nil when that is not known.
    private func cpuTime() -> UInt64? {
        if let child { return child.ending?.cpuTime }
        guard !observed.isEmpty else { return nil }
        return observed.reduce(0) { $0 &+ $1.cpuTimeSinceStart(proc: proc) }
    }

    private var name: String {
        switch target {
        case .launch(let arguments): arguments.first?.split(separator: "/").last.map(String.init) ?? "program"
        case .attach(.processes): observed.first?.name ?? "process"
        case .attach(.system), .attach(.launched): "system"
        case .attach(.cgroup(let path)): path.split(separator: "/").last.map(String.init) ?? "cgroup"
        }
    }

    /// The target in words: its command line, or what it is.
    private var description: String {
        switch target {
        case .launch(let arguments): arguments.joined(separator: " ")
        case .attach(.processes): observed.map { "\($0.name) (pid \($0.pid))" }.joined(separator: ", ")
        case .attach(.system), .attach(.launched): "all processes"
        case .attach(.cgroup(let path)): "cgroup \(path)"
        }
    }
}
