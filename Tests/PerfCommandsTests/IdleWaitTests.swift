import PerfModel
import Testing

@testable import PerfSessions

@Suite("Idle waits") struct IdleWaitTests {
    @Test(
        "the program's functions tell what a wait is for",
        arguments: [
            (["epoll_wait", "WaitEventSetWait", "WaitLatch", "ProcSleep", "LockAcquire"], "idle", "lock"),
            (["epoll_wait", "WaitEventSetWait", "WaitLatch", "pg_sleep", "ExecResult"], "idle", "sleep"),
            (["epoll_wait", "WaitEventSetWait", "secure_read", "pq_recvbuf"], "idle", "idle"),
            (["epoll_wait", "WaitEventSetWait", "secure_write", "internal_flush"], "idle", "network"),
            (["epoll_wait", "aeApiPoll", "aeProcessEvents", "aeMain"], "idle", "idle"),
            (["futex_wait", "pthread_cond_wait", "bioProcessBackgroundJobs"], "lock", "idle"),
            (["futex_wait", "PyThread_acquire_lock_timed", "lock_PyThread_acquire_lock"], "lock", "lock"),
            (["futex_wait", "PyThread_acquire_lock_timed", "_queue_SimpleQueue_get_impl"], "lock", "idle"),
            (["epoll_wait", "ProcSleep"], "runnable", "runnable"),
            (["futex_wait", "work", "a", "b", "c", "d", "bioProcessBackgroundJobs"], "lock", "lock"),
            ([], "disk", "disk"),
        ] as [([String], String, String)])
    func reasons(functions: [String], reason: String, told: String) throws {
        let known = try #require(WaitReason(rawValue: reason))
        #expect(IdleWaits.reason(functions, thread: "worker", reason: known).rawValue == told)
    }

    @Test("a library's thread that has no function with a name is told by its own name")
    func threads() {
        #expect(IdleWaits.reason([String](), thread: "jemalloc_bg_thd", reason: .lock) == .idle)
        #expect(IdleWaits.reason([String](), thread: "jemalloc_bg_thd", reason: .disk) == .disk)
        #expect(IdleWaits.reason([String](), thread: "main", reason: .lock) == .lock)
    }
}
