import Glibc
import PerfAllocations
import PerfLinux
import PerfModel
import PerfProfiles
import PerfSymbols

/// A heap recording: launches its target with the tracker in it, looks while it runs, and makes a profile.
///
/// Call ``record(progress:)`` once, store the profile, and then ``waitForTarget()``.
package final class HeapSession {
    package struct Options: Sendable {
        /// Mean distance between sampled bytes; nil to record every block.
        package var sampleBytes: UInt64?
        package var followsChildren = false
        package var searchesLeaks = false
        /// Leaks that are known and not to be counted.
        package var suppressions: [LeakSuppression] = []
        package var duration: Duration?

        package init() {}
    }

    package struct Recording: Sendable {
        package var profile: Profile
        package var pid: Int32
        package var name: String
    }

    private let arguments: [String]
    private let options: Options
    private let signals: SignalReceiver
    private let child: LaunchedProcess
    private let recorder: HeapRecorder
    private var stopSignal: Int32?

    /// How long the program has to end after a signal that would end it, before the profile is stored.
    private static let grace: UInt64 = 2_000_000_000
    private static let shortestPause: UInt64 = 10_000_000

    /// Prepares everything, up to the last step before the program runs.
    ///
    /// - Throws: when its heap cannot be recorded; nothing is left behind then.
    package init(arguments: [String], options: Options) throws {
        self.arguments = arguments
        self.options = options
        try TargetProgram.check(arguments.first ?? "")
        var recording = HeapRecorder.Options { pid in SwiftTypeNames(pid: pid) }
        recording.sampleBytes = options.sampleBytes
        recording.followsChildren = options.followsChildren
        recording.searchesLeaks = options.searchesLeaks
        recorder = try HeapRecorder(options: recording)
        signals = try SignalReceiver()
        child = try LaunchedProcess(arguments: arguments, environment: recorder.environment)
        recorder.follow(root: child.pid)
    }

    /// Records until the duration is over, the program has ended, or a signal asks to stop; then looks up all names.
    ///
    /// - Parameter progress: called a few times a second, with live bytes and the time since the start.
    /// - Returns: the profile, and which process it is of.
    /// - Throws: when the program cannot be executed, or when nothing is known of its heap.
    package func record(progress: (UInt64, Duration) -> Void) throws -> Recording {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        try child.start()
        try observe(since: start, progress: progress)
        let recorded = try recorder.finish(program: arguments.first ?? "")
        var profile = try Self.profile(
            of: recorded, target: arguments.joined(separator: " "), suppressions: options.suppressions)
        profile.startedAt = startedAt
        profile.extras?.isWholeRun = child.ending != nil && stopSignal == nil
        return Recording(
            profile: profile, pid: child.pid,
            name: arguments.first?.split(separator: "/").last.map(String.init) ?? "program")
    }

    /// Looks up all names.
    static func profile(
        of recorded: HeapRecording, target: String, suppressions: [LeakSuppression], isAttached: Bool = false
    ) throws -> Profile {
        var builder = HeapProfileBuilder(symbolizer: Symbolizer(hostRoot: try RootDirectory(ofProcess: nil)))
        let built = builder.profile(of: recorded)
        var profile = built.profile
        profile.duration = Int64(clamping: recorded.duration)
        var extras = ProfileExtras()
        extras.host = .current()
        extras.clock = "heap"
        extras.event = "malloc"
        extras.counts.samples = UInt64(profile.samples.count)
        extras.target = target
        var heap = HeapSummary(recorded)
        heap.leaks = builder.leaks(of: recorded, suppressions: suppressions)
        extras.heap = heap
        extras.warnings = HeapDoubts(recording: recorded, isAttached: isAttached).warnings + built.warnings
        profile.extras = extras
        return profile
    }

    /// Waits until the program has ended, passing signals on and answering it.
    package func waitForTarget() throws -> LaunchedProcess.Ending? {
        while try !child.poll() {
            wait(atMost: 100_000_000)
            recorder.serve()
            takeSignals()
        }
        return child.ending
    }

    private func observe(since start: UInt64, progress: (UInt64, Duration) -> Void) throws {
        let end = options.duration.map { start &+ UInt64(clamping: $0.wholeNanoseconds) } ?? .max
        var stopAt = UInt64.max
        var pause = Self.shortestPause
        while true {
            let now = MonotonicClock.nanoseconds
            if now >= end || now >= stopAt { return }
            wait(atMost: min(pause, end - now))
            // Programs that end soon are looked at more often than those that run for hours.
            pause = min(100_000_000, pause + pause / 8)
            recorder.serve()
            recorder.poll()
            progress(recorder.liveBytes, .nanoseconds(Int64(MonotonicClock.nanoseconds - start)))
            takeSignals()
            if try child.poll() {
                recorder.serve()
                return
            }
            if stopSignal != nil, stopAt == .max { stopAt = MonotonicClock.nanoseconds + Self.grace }
        }
    }

    private func wait(atMost nanoseconds: UInt64) {
        var polled = [signals.descriptor, recorder.pollDescriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // SAFETY: the array outlives the call, which changes only its elements.
        unsafe poll(&polled, nfds_t(polled.count), Int32(clamping: nanoseconds / 1_000_000) + 1)
    }

    private func takeSignals() {
        while let signal = signals.next() {
            switch signal.number {
            case SIGCHLD: continue
            case SIGINT, SIGTERM, SIGHUP, SIGQUIT: stopSignal = signal.number
            default: break
            }
            // What the terminal or the kernel sent, the program has received itself.
            if !signal.isFromKernel { child.send(signal: signal.number) }
        }
    }
}
