import PerfModel

/// Which waits are those of somebody who has nothing to do: event loops, and workers of thread pools.
///
/// A wait for a lock is a wait for work when a worker's loop does it: the functions of the stack tell. The other way
/// round, a server may wait for a lock in the same system call as for its next request.
enum IdleWaits {
    /// What a thread waits for, by what the kernel tells and by who in the program waits.
    ///
    /// - Parameters:
    ///   - functions: names of the stack, leaf first.
    ///   - thread: the thread's name.
    ///   - reason: by the place in the kernel.
    /// - Returns: the reason that a reader is told.
    static func reason(_ functions: some Collection<String>, thread: String, reason: WaitReason) -> WaitReason {
        if reason != .runnable {
            for function in functions.prefix(depth) {
                if let told = reasons[function] { return told }
            }
        }
        if reason == .lock, idleThreads.contains(thread) { return .idle }
        return isIdle(functions, reason: reason) ? .idle : reason
    }

    /// Functions of servers that wait by an event loop's call, and what for.
    private static let reasons: [String: WaitReason] = [
        // PostgreSQL waits on its latch for everything: heavyweight locks (rows, tables), other backends, the clock,
        // a standby's answer, a client that does not read, another server.
        "ProcSleep": .lock, "ConditionVariableSleep": .lock, "ConditionVariableTimedSleep": .lock,
        "pg_sleep": .sleep, "SyncRepWaitForLSN": .network, "secure_write": .network,
        "pgfdw_get_result": .database, "libpqrcv_PQgetResult": .database,
    ]

    /// Threads of libraries that only wait until there is something to clean up, and have no function with a name.
    private static let idleThreads: Set<String> = ["jemalloc_bg_thd"]

    /// Whether a stack of function names, leaf first, waits for work.
    ///
    /// A wait for a server, a disk, the clock or a page is never idle, wherever it happens.
    static func isIdle(_ functions: some Sequence<String>, reason: WaitReason) -> Bool {
        switch reason {
        case .idle: return true
        case .disk, .memory, .database, .cache, .sleep, .runnable: return false
        case .lock, .network, .unknown: break
        }
        // Work that a worker does has frames between its loop and the leaf: only the innermost ones count.
        for function in functions.prefix(Self.depth) {
            if names.contains(function) { return true }
            if prefixes.contains(where: function.hasPrefix) { return true }
        }
        return false
    }

    /// The C library's frames, a condition variable's and the loop itself.
    static let depth = 6

    private static let names: Set<String> = [
        // libdispatch, whose workers wait on a semaphore, and its manager thread.
        "_dispatch_worker_thread", "_dispatch_mgr_thread", "_dispatch_mgr_invoke", "_dispatch_event_loop_drain",
        "_dispatch_event_loop_wait_for_ownership", "_dispatch_root_queue_drain", "_dispatch_sigsuspend",
        "dispatch_main", "__workq_kernreturn", "_pthread_wqthread",
        // Run loops.
        "CFRunLoopRunSpecific", "__CFRunLoopServiceFileDescriptors", "__CFRunLoopRun", "g_main_context_iterate",
        "g_main_context_poll",
        // libuv, libevent, libev, nginx, Redis, PostgreSQL, HAProxy.
        "uv__io_poll", "epoll_dispatch", "event_base_loop", "ev_run", "epoll_poll",
        "ngx_epoll_process_events", "ngx_process_events_and_timers", "aeApiPoll", "aeProcessEvents",
        "bioProcessBackgroundJobs", "WaitEventSetWait", "WaitLatch", "ServerLoop", "_do_poll",
        // Language runtimes.
        "runtime.netpoll", "runtime.stopm", "runtime.notetsleep_internal", "tokio::runtime::io::driver::Driver::turn",
        "_queue_SimpleQueue_get", "_queue_SimpleQueue_get_impl", "GOMP_barrier_wait", "gomp_team_barrier_wait_end",
    ]

    private static let prefixes = [
        "NIOPosix.Selector.whenReady", "NIOPosix.Selector.", "closure #1 in NIOPosix.NIOThreadPool",
        "NIOPosix.NIOThreadPool.process", "swift::donateThreadToGlobalExecutorUntil", "swift_task_asyncMainDrainQueue",
        "tokio::runtime::", "rayon_core::sleep", "rayon_core::registry::WorkerThread::wait_until",
        "crossbeam_channel::flavors", "std::sys::pal::unix::thread_parking", "java.util.concurrent.locks",
        "boost::asio::detail::scheduler::do_run_one", "boost::asio::detail::epoll_reactor",
    ]
}
