import Glibc

/// The CPU priority of the calling thread and of the threads that it starts.
///
/// A sampler competes for CPU with the very programs that it observes; what it cannot take in time is lost.
package struct ThreadPriority: Sendable {
    private let niceness: Int32

    /// Raises it where the kernel allows that, which takes privileges; unchanged elsewhere.
    ///
    /// - Returns: the priority until now.
    package static func raise() -> ThreadPriority {
        let before = getpriority(Int32(PRIO_PROCESS.rawValue), 0)
        setpriority(Int32(PRIO_PROCESS.rawValue), 0, min(before, -15))
        return ThreadPriority(niceness: before)
    }

    package func restore() {
        setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
    }
}
