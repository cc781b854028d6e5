import CPerfLinux
import Glibc
import PerfAllocations
import PerfLinux
import PerfModel
import PerfProfiles

/// A heap recording of a running process: brings the tracker in, looks while it runs, takes the tracker out, and makes a
/// profile of what was allocated meanwhile.
package struct HeapAttachSession {
    private let pid: Int32
    private let options: HeapSession.Options
    private let recorder: HeapRecorder
    private let signals: SignalReceiver
    private let target: RunningProcess

    /// What is sampled unless told otherwise: next to nothing is felt of it.
    package static let defaultSampleBytes: UInt64 = 512 << 10
    private static let pause: UInt64 = 50_000_000

    /// Prepares everything; the process is not touched yet.
    ///
    /// - Parameters:
    ///   - pid: of the process.
    ///   - options: those of a recording; children are not followed.
    /// - Throws: when there is no such process, or nothing can be prepared.
    package init(pid: Int32, options: HeapSession.Options) throws {
        self.pid = pid
        self.options = options
        target = try RunningProcess(pid: pid)
        var recording = HeapRecorder.Options { pid in SwiftTypeNames(pid: pid) }
        recording.sampleBytes = options.sampleBytes
        recording.searchesLeaks = options.searchesLeaks
        recording.isRunning = true
        recorder = try HeapRecorder(options: recording)
        recorder.follow(root: pid)
        signals = try SignalReceiver()
    }

    /// Records until the duration is over, the process has ended, or a signal asks to stop.
    ///
    /// - Parameter progress: called a few times a second, with live bytes and the time since the start.
    /// - Returns: the profile, and which process it is of.
    /// - Throws: why nothing could be recorded; the process goes on as before.
    package func record(progress: (UInt64, Duration) -> Void) throws -> HeapSession.Recording {
        let startedAt = WallClock.nanosecondsSince1970()
        let tracker = try attached()
        observe(progress)
        let recorded: HeapRecording
        do {
            recorded = try recorder.finish(program: target.name)
        } catch {
            _ = leave(tracker)
            throw error
        }
        let left = leave(tracker)
        var profile = try HeapSession.profile(
            of: recorded, target: target.command, suppressions: options.suppressions, isAttached: true)
        profile.startedAt = startedAt
        profile.extras?.heap?.attachPause = tracker.pause
        profile.extras?.warnings += left
        return HeapSession.Recording(profile: profile, pid: pid, name: target.name)
    }

    /// Brings the tracker in, and answers it meanwhile.
    private func attached() throws -> RunningTracker {
        let pid = pid
        let socket = recorder.socket
        // A thread stops and leads that of the process: all of that has to come from the same one.
        let worker = try WorkerThread { () -> Result<RunningTracker, any Error> in
            Result { try RunningTracker(into: pid, socket: socket) }
        }
        while worker.value == nil {
            wait(atMost: 5_000_000)
            recorder.serve()
        }
        guard let result = worker.join() else { throw HeapError.notLoaded(path: target.name) }
        return try result.get()
    }

    private func observe(_ progress: (UInt64, Duration) -> Void) {
        let start = MonotonicClock.nanoseconds
        let end = options.duration.map { start &+ UInt64(clamping: $0.wholeNanoseconds) } ?? .max
        while true {
            let now = MonotonicClock.nanoseconds
            if now >= end || target.hasEnded || !recorder.isCounting || isStopAsked() { break }
            wait(atMost: min(Self.pause, end - now))
            recorder.serve()
            recorder.poll()
            progress(recorder.liveBytes, .nanoseconds(Int64(MonotonicClock.nanoseconds - start)))
        }
        recorder.serve()
    }

    /// Takes the tracker out of a process that goes on.
    ///
    /// - Returns: what it had to leave there.
    private func leave(_ tracker: RunningTracker) -> [Warning] {
        defer { recorder.serve() }
        guard !target.hasEnded else { return [] }
        do {
            if try tracker.end() { return [] }
            recorder.discard()
            return [
                Warning(
                    code: "tracker_stays",
                    message:
                        "a thread of \(target.name.printable) may still be on its way through the tracker: its memory "
                        + "stays reserved there, unused",
                    remedy: "nothing has to be done: the next recording gives it back")
            ]
        } catch {
            guard !target.hasEnded else { return [] }
            let reason = (error as? any UserFacingError)?.summary ?? "\(error)"
            return [
                Warning(
                    code: "tracker_stays",
                    message: "the tracker could not be taken out of \(target.name.printable): \(reason)",
                    remedy: (error as? any UserFacingError)?.remedy
                        ?? "it leaves by itself 15 s after perfdoctor, at the next allocations")
            ]
        }
    }

    private func wait(atMost nanoseconds: UInt64) {
        var polled = [signals.descriptor, recorder.pollDescriptor, target.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // SAFETY: the array outlives the call, which changes only its elements.
        unsafe poll(&polled, nfds_t(polled.count), Int32(clamping: nanoseconds / 1_000_000) + 1)
    }

    private func isStopAsked() -> Bool {
        var isAsked = false
        while let signal = signals.next() {
            if [SIGINT, SIGTERM, SIGHUP, SIGQUIT].contains(signal.number) { isAsked = true }
        }
        return isAsked
    }
}
