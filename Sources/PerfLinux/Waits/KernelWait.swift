import PerfModel

/// Where in the kernel a thread waits, and what that says about the reason.
package struct KernelWait: Hashable, Sendable {
    /// What the wait is for, as far as the place alone tells.
    package enum Cause: Hashable, Sendable {
        case reason(WaitReason)
        /// It depends on what the descriptor in the first argument refers to.
        case descriptor
        /// It depends on the descriptors of a `pollfd` array: address and count are the first two arguments.
        case poll
    }

    /// The innermost function that is not the scheduler's: `futex_wait_queue`; empty when unknown.
    package var function: String
    package var cause: Cause
    /// Whether it waits for events of the descriptors that an epoll descriptor watches, which is its first argument.
    package private(set) var isEventLoop = false

    /// The names of a kernel stack, leaf first.
    package init(functions: some Sequence<String>) {
        let functions = functions.map(Self.plainName)
        function = functions.first { !Self.isScheduler($0) && !Self.isEntry($0) } ?? ""
        cause = Self.cause(of: functions)
        isEventLoop = functions.contains("ep_poll") || functions.contains("do_epoll_wait")
    }

    /// A system call by its number, where nothing else is known.
    package init(systemCall number: UInt64) {
        function = ""
        let name = Self.systemCalls.first { $0.number == number }?.name
        cause = name.flatMap(Self.cause(ofSystemCall:)) ?? .reason(.unknown)
        isEventLoop = name?.hasPrefix("epoll_") ?? false
    }

    /// Functions by name, as /proc/PID/stack and wchan have them, and the system call where they do not tell.
    package init(functions: [String], systemCall: UInt64?) {
        self.init(functions: functions)
        if cause == .reason(.unknown), let systemCall {
            let call = KernelWait(systemCall: systemCall)
            (cause, isEventLoop) = (call.cause, call.isEventLoop)
        }
    }

    private static func cause(of functions: [String]) -> Cause {
        // A page fault comes first: what it waits for in turn (a disk, a lock) is memory to the program.
        if functions.contains(where: { $0.hasSuffix("exc_page_fault") || $0 == "do_user_addr_fault" }) {
            return .reason(.memory)
        }
        // From the leaf outwards: the innermost function that says something is the most precise one.
        for function in functions {
            if let cause = exact[function] { return cause }
            if let found = prefixes.first(where: { function.hasPrefix($0.prefix) }) { return found.cause }
            if let call = systemCall(of: function), let cause = cause(ofSystemCall: call) { return cause }
        }
        return .reason(.unknown)
    }

    /// `read` of `__x64_sys_read`, `ksys_read` or `__sys_read`.
    private static func systemCall(of function: String) -> String? {
        for prefix in ["__x64_sys_", "__arm64_sys_", "__se_sys_", "__do_sys_", "ksys_", "__sys_"]
        where function.hasPrefix(prefix) {
            return String(function.dropFirst(prefix.count))
        }
        return nil
    }

    /// Without what the compiler or the kernel's list appended: `.isra.0`, `+0x1c/0x60`.
    private static func plainName(_ name: String) -> String {
        String(name.prefix { $0 != "." && $0 != "+" })
    }

    private static func isScheduler(_ name: String) -> Bool {
        name.hasPrefix("__schedule") || name.hasPrefix("schedule") || name.hasPrefix("io_schedule")
            || name.hasPrefix("preempt_schedule") || name.hasPrefix("__cond_resched") || name == "wait_woken"
            || name == "dequeue_task" || name == "__perf_event_task_sched_out" || name.hasPrefix("perf_")
    }

    private static func isEntry(_ name: String) -> Bool {
        name.hasPrefix("entry_SYSCALL") || name == "do_syscall_64" || name == "x64_sys_call"
            || name.hasPrefix("asm_") || name.hasPrefix("ret_from_fork") || name == "el0_svc"
    }

    private static let exact: [String: Cause] = [
        "do_nanosleep": .reason(.sleep), "hrtimer_nanosleep": .reason(.sleep), "do_sigtimedwait": .reason(.idle),
        "sigsuspend": .reason(.idle), "timerfd_read": .reason(.sleep), "timerfd_read_iter": .reason(.sleep),
        "ep_poll": .reason(.idle), "do_epoll_wait": .reason(.idle), "io_cqring_wait": .reason(.idle),
        "inet_csk_accept": .reason(.idle), "unix_accept": .reason(.idle), "signalfd_read_iter": .reason(.idle),
        "inotify_read": .reason(.idle), "do_poll": .poll, "do_sys_poll": .poll, "do_select": .poll,
        "do_wait": .reason(.lock), "eventfd_read": .reason(.lock), "rt_mutex_schedule": .reason(.lock),
        "flock_lock_inode_wait": .reason(.lock),
        "fuse_dev_do_read": .reason(.idle), "balance_dirty_pages": .reason(.disk), "pipe_read": .reason(.network),
        "anon_pipe_read": .reason(.network), "pipe_write": .reason(.network), "anon_pipe_write": .reason(.network),
        "mem_cgroup_handle_over_high": .reason(.memory), "try_to_free_pages": .reason(.memory),
        "try_charge_memcg": .reason(.memory), "do_swap_page": .reason(.memory),
        "__lock_sock": .reason(.lock), "sk_wait_data": .descriptor, "sk_stream_wait_memory": .descriptor,
        "inet_stream_connect": .descriptor, "__skb_wait_for_more_packets": .descriptor,
        "unix_stream_read_generic": .descriptor, "wait_on_buffer": .reason(.disk), "submit_bio_wait": .reason(.disk),
        "bio_await": .reason(.disk), "vfs_fsync_range": .reason(.disk), "filemap_fault": .reason(.memory),
    ]

    /// In the order in which they are tried.
    private static let prefixes: [(prefix: String, cause: Cause)] = [
        ("futex_", .reason(.lock)), ("__futex_", .reason(.lock)), ("do_futex", .reason(.lock)),
        ("__mutex_lock", .reason(.lock)), ("mutex_lock", .reason(.lock)), ("rwsem_down", .reason(.lock)),
        ("down_", .reason(.lock)), ("__down", .reason(.lock)), ("percpu_rwsem", .reason(.lock)),
        ("folio_wait", .reason(.disk)), ("__folio_lock", .reason(.disk)), ("wait_on_page", .reason(.disk)),
        ("__wait_on_buffer", .reason(.disk)), ("blk_", .reason(.disk)), ("__blk", .reason(.disk)),
        ("blkdev_", .reason(.disk)), ("jbd2_", .reason(.disk)), ("iomap_dio", .reason(.disk)),
        ("__iomap_dio", .reason(.disk)), ("xfs_", .reason(.disk)), ("ext4_", .reason(.disk)),
        ("btrfs_", .reason(.disk)), ("nfs_", .reason(.disk)), ("rpc_wait", .reason(.disk)),
        ("file_write_and_wait", .reason(.disk)), ("tcp_", .descriptor), ("udp_", .descriptor),
        ("unix_", .descriptor),
    ]

    private static func cause(ofSystemCall name: String) -> Cause? {
        switch name {
        case "read", "pread64", "readv", "preadv", "preadv2", "write", "pwrite64", "writev", "pwritev", "pwritev2",
            "recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg", "sendfile", "connect", "splice":
            .descriptor
        case "poll", "ppoll": .poll
        case "select", "pselect6", "epoll_wait", "epoll_pwait", "epoll_pwait2", "accept", "accept4",
            "io_uring_enter", "pause", "rt_sigtimedwait", "rt_sigsuspend":
            .reason(.idle)
        case "nanosleep", "clock_nanosleep": .reason(.sleep)
        case "futex", "futex_wait", "futex_waitv", "flock", "semop", "semtimedop", "wait4", "waitid": .reason(.lock)
        case "fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "openat", "open", "newfstatat", "getdents64",
            "unlink", "unlinkat", "rename", "renameat2", "fallocate", "ftruncate", "io_getevents", "readahead":
            .reason(.disk)
        case "mmap", "munmap", "mprotect", "madvise", "brk", "mlock", "mlock2", "msync": .reason(.memory)
        default: nil
        }
    }

    /// Numbers of the calls that wait, for x86-64.
    ///
    /// Source: arch/x86/entry/syscalls/syscall_64.tbl.
    private static let systemCalls: [(number: UInt64, name: String)] = [
        (0, "read"), (1, "write"), (7, "poll"), (17, "pread64"), (18, "pwrite64"), (19, "readv"), (20, "writev"),
        (23, "select"), (34, "pause"), (35, "nanosleep"), (40, "sendfile"), (42, "connect"), (43, "accept"),
        (44, "sendto"), (45, "recvfrom"), (46, "sendmsg"), (47, "recvmsg"), (61, "wait4"), (65, "semop"), (73, "flock"),
        (74, "fsync"), (75, "fdatasync"), (128, "rt_sigtimedwait"), (130, "rt_sigsuspend"), (202, "futex"),
        (208, "io_getevents"), (220, "semtimedop"), (230, "clock_nanosleep"), (232, "epoll_wait"),
        (247, "waitid"), (270, "pselect6"), (271, "ppoll"), (281, "epoll_pwait"), (288, "accept4"), (299, "recvmmsg"),
        (307, "sendmmsg"), (426, "io_uring_enter"), (441, "epoll_pwait2"), (449, "futex_waitv"), (455, "futex_wait"),
    ]
}
