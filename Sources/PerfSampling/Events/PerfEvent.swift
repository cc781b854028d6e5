import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// An open sampling event of the kernel; closed with the last reference.
package final class PerfEvent {
    /// What to observe.
    package enum Target: Hashable, Sendable {
        /// One thread, on one CPU.
        case thread(Int32, cpu: Int32)
        /// All that runs on one CPU.
        case cpu(Int32)
        /// The processes of a cgroup (an open directory), on one CPU.
        case cgroup(descriptor: Int32, cpu: Int32)

        package var cpu: Int32 {
            switch self {
            case .thread(_, let cpu), .cpu(let cpu), .cgroup(_, let cpu): cpu
            }
        }
    }

    /// How often to sample, and what to keep of each.
    package struct Settings: Hashable, Sendable {
        package var event: EventSpecification
        /// Samples per second.
        package var frequency: Int
        /// Bytes of user stack in each sample, a multiple of 8 up to 65,528; 0 for the kernel's callchain only.
        package var stackByteCount: Int
        /// Whether the kernel follows the frame pointers of user code, which takes it 80 ns a frame.
        package var hasUserCallchain = true
        package var includesKernel: Bool
        package var inherits: Bool
        package var startsOnExec: Bool
        package var hasBuildIDs: Bool
        /// The reader is woken when this much is unread.
        package var wakeupByteCount: Int
        /// Whether it tells of mappings, names, beginnings and ends; one event of each thread does.
        package var recordsProcesses = true
        /// Whether it tells of each switch from and to a CPU.
        package var recordsSwitches = false
        /// Whether samples carry the fields of a tracepoint instead of a stack.
        package var isRaw = false
    }

    package let descriptor: Int32
    package let target: Target
    /// The id that its records carry, and those of all that inherit it.
    package let id: UInt64

    package init(_ settings: Settings, on target: Target) throws(SystemCallError) {
        var options = pd_event_options()
        options.type = settings.event.type
        options.config = settings.event.config
        if settings.event.recordsEach {
            options.period = 1
        } else if settings.event.isClock {
            options.period = 1_000_000_000 / UInt64(settings.frequency)
        } else {
            options.frequency = UInt64(settings.frequency)
        }
        options.stack_bytes = UInt32(settings.stackByteCount)
        options.wakeup_bytes = UInt32(settings.wakeupByteCount)
        options.exclude_kernel = settings.includesKernel ? 0 : 1
        options.inherit = settings.inherits ? 1 : 0
        options.enable_on_exec = settings.startsOnExec ? 1 : 0
        options.disabled = 1
        options.build_ids = settings.hasBuildIDs ? 1 : 0
        options.no_user_callchain = settings.hasUserCallchain ? 0 : 1
        options.no_process_records = settings.recordsProcesses ? 0 : 1
        options.switches = settings.recordsSwitches ? 1 : 0
        options.raw = settings.isRaw ? 1 : 0
        let subject: Int32
        switch target {
        case .thread(let thread, _): subject = thread
        case .cpu: subject = -1
        case .cgroup(let directory, _):
            subject = directory
            options.cgroup = 1
        }
        // SAFETY: the options live for the call, which reads one struct.
        let opened = unsafe pd_event_open(&options, subject, target.cpu)
        guard opened >= 0 else {
            throw SystemCallError(
                operation: "perf_event_open", subject: "\(settings.event.name) on \(target.text)", errno: -opened
            )
        }
        var id: UInt64 = 0
        // SAFETY: `id` outlives the call, which writes one integer.
        let result = unsafe pd_event_id(opened, &id)
        guard result == 0 else {
            close(opened)
            throw SystemCallError(operation: "PERF_EVENT_IOC_ID", subject: target.text, errno: -result)
        }
        self.descriptor = opened
        self.target = target
        self.id = id
    }

    deinit {
        close(descriptor)
    }

    package func enable() throws(SystemCallError) {
        try check(pd_event_enable(descriptor), "PERF_EVENT_IOC_ENABLE")
    }

    package func disable() throws(SystemCallError) {
        try check(pd_event_disable(descriptor), "PERF_EVENT_IOC_DISABLE")
    }

    /// Sends this event's records to a ring of the same CPU.
    package func redirect(to ring: PerfRing) throws(SystemCallError) {
        try check(pd_event_redirect(descriptor, ring.descriptor), "PERF_EVENT_IOC_SET_OUTPUT")
    }

    private func check(_ result: Int32, _ operation: String) throws(SystemCallError) {
        guard result == 0 else {
            throw SystemCallError(operation: operation, subject: target.text, errno: -result)
        }
    }
}

extension PerfEvent.Target {
    fileprivate var text: String {
        switch self {
        case .thread(let thread, let cpu): "thread \(thread), CPU \(cpu)"
        case .cpu(let cpu): "CPU \(cpu)"
        case .cgroup(_, let cpu): "the cgroup, CPU \(cpu)"
        }
    }
}
