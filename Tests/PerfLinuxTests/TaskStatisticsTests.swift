import CPerfLinux
import Glibc
import PerfLinux
import Testing

@Suite("Delays of threads by taskstats")
struct TaskStatisticsTests {
    @Test("our own process answers with a version and sums that fit together, one that is gone is an error")
    func ownProcess() throws {
        let statistics: TaskStatistics
        let delays: TaskStatistics.Delays
        do throws(SystemCallError) {
            statistics = try TaskStatistics()
            delays = try statistics.delays(of: getpid())
        } catch {
            // Without CAP_NET_ADMIN, or on a kernel without it.
            print("not tested: \(error.summary)")
            return
        }
        #expect(delays.version >= 9)
        // Without kernel.task_delayacct all are 0; a count without a time would be another field.
        #expect((delays.block_count == 0) == (delays.block_ns == 0))
        #expect((delays.swap_in_count == 0) == (delays.swap_in_ns == 0))
        #expect((delays.thrashing_count == 0) == (delays.thrashing_ns == 0))
        #expect(throws: SystemCallError(operation: "taskstats", subject: "thread 2147483647", errno: ESRCH)) {
            try statistics.delays(of: .max)
        }
    }
}
