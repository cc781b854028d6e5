/// Where the programs that watch switches find things in the kernel, and where they leave theirs.
///
/// Offsets and sizes in bytes.
enum WaitProgramLayout {
    /// What a thread does: value of the map of threads, by thread id.
    enum Thread {
        static let since = 0
        static let stackKey = 8
        /// When its observation began: tells lives of one thread id apart.
        static let life = 16
        static let wokenAt = 24
        static let onCPU = 32
        static let runnable = 40
        static let blocked = 48
        static let waker = 56
        static let state = 60
        static let process = 64
        static let scratch = 72
        static let byteCount = 80
    }

    enum State: Int32 {
        /// Observed from the outside, no switch so far.
        case unseen
        case onCPU
        case blocked
        case runnable
        /// A program that is not executed yet.
        case pending
    }

    /// Key of the map of accounts.
    enum Account {
        static let life = 0
        static let stackKey = 8
        static let kernelKey = 16
        static let argument = 24
        static let thread = 32
        static let waker = 36
        static let process = 40
        static let secondArgument = 44
        static let byteCount = 48

        /// Value: number of waits, nanoseconds, and nanoseconds between the waking and the CPU.
        static let count = 0
        static let time = 8
        static let late = 16
        static let valueByteCount = 24
    }

    /// In place of a kernel key: it waited for a CPU only.
    static let runnableKey: UInt64 = 1
    /// In place of a kernel key: it waited since before the beginning.
    static let unseenKey: UInt64 = 2

    /// What a wait's meaning depends on beside the place in the kernel: value of the map of kernel keys.
    enum Dependence: UInt32 {
        case unknown
        case nothing
        /// The descriptor in the first argument.
        case descriptor
        /// The first two arguments.
        case poll
    }

    /// Value of the map of address spaces, by process id: number, and two ranges that have all code.
    enum Space {
        static let number = 0
        static let firstStart = 8
        static let firstEnd = 16
        static let secondStart = 24
        static let secondEnd = 32
        static let byteCount = 40
    }

    /// Code is noted in pieces of this size.
    static let granuleShift: UInt64 = 16

    /// A record of a thread's life.
    enum LifeRecord {
        static let type: UInt32 = 0x1000
        static let process = 8
        static let thread = 12
        static let time = 16
        static let life = 24
        static let onCPU = 32
        static let runnable = 40
        static let blocked = 48
        static let kind = 56
        static let byteCount = 64
    }

    enum LifeKind: Int32 {
        case began
        /// The life before ends, one begins.
        case executed
        case ended
    }

    /// A record of a place in the kernel that is new.
    enum PlaceRecord {
        static let type: UInt32 = 0x1001
        static let process = 8
        static let thread = 12
        static let time = 16
        static let kernelKey = 24
        static let systemCall = 32
        static let chainByteCount = 40
        static let chain = 48
        static let frameCount = 24
        static let byteCount = 48 + frameCount * 8
    }

    /// A record of a stack that is new: laid out as a sample of a perf event, the key in place of the period.
    enum StackRecord {
        static let address = 16
        static let process = 24
        static let thread = 28
        static let time = 32
        static let key = 48
        static let chainLength = 56
        static let abi = 64
        static let registers = 72
        static let stackByteCount = 232
        static let stack = 240
        static let pageByteCount = 4096
        /// The rest of the page that the stack pointer is in, and so many pages more.
        static let pages = 4
        static let byteCount = stack + (pages + 1) * pageByteCount + 8
    }

    /// Counters of what there was no room for.
    enum Counter: Int32, CaseIterable {
        case records
        case accounts
        case threads
    }

    /// `struct pt_regs` of x86-64.
    enum Registers {
        static let rsi = 104
        static let rdi = 112
        static let systemCall = 120
        static let ip = 128
        static let cs = 136
        static let sp = 152
        /// In the order of perf's register mask: AX BX CX DX SI DI BP SP IP FLAGS CS SS R8...R15.
        static let inOrder = [
            80, 40, 88, 96, 104, 112, 32, 152, 128, 144, 136, 160, 72, 64, 56, 48, 24, 16, 8, 0,
        ]
        /// The code segment of 32-bit programs.
        static let code32: Int32 = 0x23
    }
}

/// Where the running kernel keeps what the programs read.
struct KernelLayout: Hashable {
    /// BTF types of tracepoints.
    var switchType: UInt32
    var wakingType: UInt32
    var forkType: UInt32
    var execType: UInt32
    var exitType: UInt32
    /// In `struct task_struct`.
    var thread: Int
    var process: Int
    var state: Int
    var flags: Int
    var stack: Int
    var stackPointer: Int
    var memory: Int
    /// In `struct mm_struct`.
    var codeStart: Int
    var codeEnd: Int
    var mapBase: Int
    var preemption: Preemption?

    /// BTF type of the per-CPU variable with the preemption count, and where in it that is.
    struct Preemption: Hashable {
        var type: UInt32
        var offset: Int
    }

    /// Nil when something is missing.
    init?(_ types: KernelTypes) {
        func trace(_ name: String) -> UInt32? { types.type(.typedef, named: "btf_trace_\(name)") }
        guard let switchType = trace("sched_switch"), let wakingType = trace("sched_waking"),
            let forkType = trace("sched_process_fork"), let execType = trace("sched_process_exec"),
            let exitType = trace("sched_process_exit"),
            let task = types.type(.structure, named: "task_struct"),
            let mm = types.type(.structure, named: "mm_struct"),
            let thread = types.member("pid", of: task), let process = types.member("tgid", of: task),
            let state = types.member("__state", of: task), let flags = types.member("flags", of: task),
            let stack = types.member("stack", of: task), let memory = types.member("mm", of: task),
            let architecture = types.member("thread", of: task),
            let pointer = types.member("sp", of: architecture.type),
            let codeStart = types.member("start_code", of: mm), let codeEnd = types.member("end_code", of: mm),
            let mapBase = types.member("mmap_base", of: mm)
        else { return nil }
        if let variable = types.type(.variable, named: "__preempt_count") {
            preemption = Preemption(type: variable, offset: 0)
        } else if let variable = types.type(.variable, named: "pcpu_hot"),
            let hot = types.type(.structure, named: "pcpu_hot"),
            let count = types.member("preempt_count", of: hot)
        {
            // Linux 6.2 to 6.14.
            preemption = Preemption(type: variable, offset: count.offset)
        }
        self.switchType = switchType
        self.wakingType = wakingType
        self.forkType = forkType
        self.execType = execType
        self.exitType = exitType
        self.thread = thread.offset
        self.process = process.offset
        self.state = state.offset
        self.flags = flags.offset
        self.stack = stack.offset
        self.stackPointer = architecture.offset + pointer.offset
        self.memory = memory.offset
        self.codeStart = codeStart.offset
        self.codeEnd = codeEnd.offset
        self.mapBase = mapBase.offset
    }
}
