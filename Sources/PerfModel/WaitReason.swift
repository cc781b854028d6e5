/// What a thread that is not on a CPU waits for.
///
/// The keys of `time_budget.blocked` in diagnoses, and `runnable` for one that waits for nothing but a CPU.
package enum WaitReason: String, CaseIterable, Codable, Hashable, Sendable {
    /// A file or block device: reads, writes, fsync, the page cache.
    case disk
    /// A page: faults (from disk, swap or a cgroup's limit) and reclaim.
    case memory
    /// Another thread of the machine: mutexes, condition variables, joins, child processes, the kernel's own locks.
    case lock
    /// The answer of a database server.
    case database
    /// The answer of a cache server.
    case cache
    /// Any other peer: sockets and pipes, local ones included.
    case network
    /// The clock.
    case sleep
    /// Work: event loops and the workers of thread pools that have none.
    case idle
    /// A CPU: preempted, or woken and not yet running.
    case runnable
    /// Something that the kernel does not tell.
    case unknown
}
