import CPerfLinux
import Glibc
import PerfModel

/// Asks the kernel for the exact delays of threads.
///
/// Source: Documentation/accounting/taskstats.rst, delay-accounting.rst.
package final class TaskStatistics: Sendable {
    /// Delays of one thread in nanoseconds, and how often it waited.
    package typealias Delays = pd_task_delays

    private let descriptor: Int32
    private let family: UInt16

    /// - Throws: ENOENT on a kernel without taskstats.
    package init() throws(SystemCallError) {
        var family: UInt16 = 0
        // SAFETY: the call writes one number.
        descriptor = unsafe pd_taskstats_open(&family)
        self.family = family
        guard descriptor >= 0 else {
            throw SystemCallError(
                operation: "netlink", subject: "TASKSTATS", errno: -descriptor,
                remedy: "use a kernel with CONFIG_TASKSTATS and CONFIG_TASK_DELAY_ACCT")
        }
    }

    deinit {
        close(descriptor)
    }

    /// - Parameter tid: a thread.
    /// - Returns: sums since the thread began.
    /// - Throws: EPERM without CAP_NET_ADMIN, ESRCH for a thread that has ended.
    package func delays(of tid: Int32) throws(SystemCallError) -> Delays {
        var delays = Delays()
        // SAFETY: the call writes one structure.
        let result = unsafe pd_taskstats_read(descriptor, family, tid, &delays)
        guard result == 0 else {
            throw SystemCallError(
                operation: "taskstats", subject: "thread \(tid)", errno: -result,
                remedy: result == -EPERM ? "run as root, or with CAP_NET_ADMIN" : nil)
        }
        return delays
    }
}
