import CPerfLinux
import Glibc
import PerfModel

/// A copy of a running process that stands still: all of its memory as it was at one moment, which the process goes on
/// from after milliseconds.
///
/// The process makes the copy itself (`clone` without shared memory), as pages that are copied only when it writes to
/// them. It ends with ``end()``, and whenever perfdoctor ends. Use it on one thread alone, but for ``memory``.
package final class ProcessSnapshot {
    /// A thread as it was stopped.
    package struct Thread: Hashable, Sendable {
        package var id: Int32
        package var stackPointer: UInt64
        /// Everything in its registers, those of vectors too.
        package var words: [UInt64]
    }

    package let pid: Int32
    /// The copy.
    package let child: Int32
    package let threads: [Thread]
    /// How long threads of the process stood still, in nanoseconds.
    package let pause: UInt64
    /// Nanoseconds in which the process could not be left to itself: it would crash if perfdoctor were killed then.
    package let injection: UInt64
    /// When it was taken: nanoseconds of CLOCK_MONOTONIC.
    package let time: UInt64
    private let entry: UInt64
    private var hasEnded = false

    /// Stops a process for as long as a fork of it takes.
    ///
    /// - Parameters:
    ///   - pid: of the process.
    ///   - proc: where its files are.
    /// - Throws: when it may not be stopped, or would be harmed; it goes on as before then.
    package init(of pid: Int32, proc: ProcFileSystem = ProcFileSystem()) throws(SnapshotError) {
        try Self.check(pid)
        let entry = try KernelEntry.address(in: pid, proc)
        var taken = unsafe pd_snapshot()
        // On a busy host the process would stand still for as long as perfdoctor waits for its turn.
        let priority = ThreadPriority.raise()
        // SAFETY: the shim fills the value; what it allocates is freed by pd_snapshot_end.
        let result = unsafe pd_snapshot_take(pid, entry, &taken)
        priority.restore()
        guard result == 0 else { throw unsafe Self.error(result, pid: pid, thread: taken.stuck_tid) }
        unsafe (self.pid, self.entry, child, time) = (pid, entry, taken.child, MonotonicClock.nanoseconds)
        unsafe (pause, injection) = (taken.pause_ns, taken.injection_ns)
        // SAFETY: `threads` holds `thread_count` of them, each with `word_count` words of its array.
        threads = unsafe (0..<Int(taken.thread_count)).map { index in
            unsafe Self.thread(taken.threads[index])
        }
        unsafe free(taken.threads)
    }

    deinit { end() }

    /// Ends the copy.
    ///
    /// - Returns: false where the process keeps an entry of an ended child, until it waits for it or ends.
    @discardableResult
    package func end() -> Bool {
        guard !hasEnded else { return true }
        hasEnded = true
        var taken = unsafe pd_snapshot()
        unsafe (taken.pid, taken.child) = (pid, child)
        // SAFETY: the value names the process and its child, and holds no memory.
        return unsafe pd_snapshot_end(&taken, entry) == 0
    }

    private static func thread(_ thread: pd_snapshot_thread) -> Thread {
        var words: [UInt64] = []
        // SAFETY: the bytes are those of the value, which outlives the call.
        unsafe withUnsafeBytes(of: thread.words) { bytes in
            words = unsafe Array(bytes.bindMemory(to: UInt64.self).prefix(Int(thread.word_count)))
        }
        return Thread(id: thread.tid, stackPointer: thread.stack_pointer, words: words)
    }

    /// Refuses what would end the process, or could not work.
    static func check(_ pid: Int32) throws(SnapshotError) {
        let files = HostFiles()
        let path = "/proc/\(pid)/status"
        // One that has ended stays listed until its parent takes note.
        guard pid > 0, let state = files.field("State", at: path), !state.hasPrefix("Z"), !state.hasPrefix("X") else {
            throw .notFound(pid: pid)
        }
        let number = { (key: String) in files.field(key, at: path).flatMap { Int32($0) } ?? 0 }
        let tracer = number("TracerPid")
        guard tracer == 0 else { throw .isTraced(pid: pid, tracer: tracer) }
        guard number("Seccomp") == 0 else { throw .isFiltered(pid: pid) }
    }

    static func error(_ result: Int32, pid: Int32, thread: Int32) -> SnapshotError {
        switch result {
        case Int32(PD_SNAPSHOT_BUSY): .didNotStop(pid: pid, thread: thread)
        case Int32(PD_SNAPSHOT_CHANGED), -ESRCH, -ECHILD: .changed(pid: pid)
        case -EPERM, -EACCES: .notPermitted(pid: pid)
        default:
            .refused(
                pid: pid,
                SystemCallError(
                    operation: "clone", subject: "process \(pid)", errno: -result,
                    remedy: result == -EAGAIN
                        ? "its limit of processes is reached (pids.max, ulimit -u)"
                        : result == -ENOMEM ? "memory may not be overcommitted here (vm.overcommit_memory)" : nil))
        }
    }
}
