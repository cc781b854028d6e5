import PerfLinux
import PerfModel

/// What a thread did at one moment.
package enum ThreadActivity: Hashable, Sendable {
    /// On a CPU, or ready for one: the kernel calls both running.
    case running
    /// Waits; the kernel's function is empty and the system call nil where they are not told.
    case waiting(reason: WaitReason, function: String, systemCall: Int?)
    /// Stopped by a signal or debugger.
    case stopped
    /// It waits, and why may not be seen.
    case hidden

    /// Whether it waits for whichever of many descriptors comes first.
    package var isEventLoop: Bool {
        guard case .waiting(_, let function, let systemCall) = self else { return false }
        return KernelWait(functions: [function], systemCall: systemCall.flatMap { UInt64(exactly: $0) }).isEventLoop
    }
}

/// What the system call of a waiting thread named.
package enum WaitObject: Hashable, Sendable {
    case descriptor(Int32)
    /// A futex; `isLock` for the operations of mutexes, not for those of condition variables, semaphores and joins.
    case futex(address: UInt64, isLock: Bool)
}

package struct ThreadLook: Hashable, Sendable {
    package var pid: Int32
    package var tid: Int32
    /// The kernel's letter.
    package var state: Character
    package var activity: ThreadActivity
    /// Nil for a thread that does not wait, or whose system call names nothing or is hidden.
    package var object: WaitObject?
    /// The other end of the connection that it waits for; nil for other waits.
    package var peer: WaitPeer?

    /// Nil for a thread that does not wait, or whose reason is hidden.
    package var reason: WaitReason? {
        if case .waiting(let reason, _, _) = activity { return reason }
        return nil
    }
}

/// One quick look at the threads of the selected processes: where they are blocked is told by many of them.
package struct ThreadLooks: Hashable, Sendable {
    /// CLOCK_MONOTONIC, nanoseconds.
    package var takenAt: UInt64
    package var threads: [ThreadLook]
    /// Threads that wait and do not show why (`/proc/PID/syscall` needs the right to trace the process).
    package var hidden: Int
    /// Threads beyond the number that is looked at.
    package var skipped: Int
    /// How long the look took, nanoseconds.
    package var cost: UInt64
}
