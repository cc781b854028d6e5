import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// The programs and tables in the kernel that keep account of waits; all of it goes with this object.
final class WaitKernelSide {
    /// Why waits cannot be watched this way here.
    struct Unavailable: Error {
        var reason: String
    }

    typealias Layout = WaitProgramLayout

    let threads: BPFMap
    let accounts: BPFMap
    let stacks: BPFMap
    let places: BPFMap
    let spaces: BPFMap
    let granules: BPFMap
    let budget: BPFMap
    let counters: BPFMap
    let ring: BPFRing
    private var programs: [Int32] = []
    private var attachments: [Int32] = []

    private static let ringByteCount = 8 << 20
    private static let mostThreads = 1 << 16
    private static let mostAccounts = 1 << 16
    private static let mostStacks = 1 << 16
    private static let mostPlaces = 1 << 13
    private static let mostSpaces = 1 << 14
    private static let mostGranules = 1 << 16
    private static let logByteCount = 1 << 16

    /// Makes the tables and loads the programs; nothing is observed yet.
    ///
    /// - Parameters:
    ///   - observesAll: whether all threads of the machine are observed.
    ///   - inherits: whether threads and processes that observed threads start are.
    ///   - proc: the file system of processes.
    /// - Throws: why that cannot be done here.
    init(observesAll: Bool, inherits: Bool, proc: ProcFileSystem) throws(Unavailable) {
        #if !arch(x86_64)
            throw Unavailable(reason: "the programs know the registers of x86-64 only")
        #endif
        guard proc.isInFirstNamespace else {
            throw Unavailable(reason: "process ids are those of a namespace (a container)")
        }
        guard let types = KernelTypes.current() else {
            throw Unavailable(reason: "the kernel does not describe its types (no /sys/kernel/btf/vmlinux)")
        }
        guard let kernel = KernelLayout(types) else {
            throw Unavailable(reason: "the kernel has not all types that are needed")
        }
        do throws(SystemCallError) {
            threads = try BPFMap(
                .hash, keyByteCount: 4, valueByteCount: Layout.Thread.byteCount, capacity: Self.mostThreads)
            accounts = try BPFMap(
                .hash, keyByteCount: Layout.Account.byteCount, valueByteCount: Layout.Account.valueByteCount,
                capacity: Self.mostAccounts)
            stacks = try BPFMap(.recent, keyByteCount: 8, valueByteCount: 4, capacity: Self.mostStacks)
            places = try BPFMap(.hash, keyByteCount: 8, valueByteCount: 4, capacity: Self.mostPlaces)
            spaces = try BPFMap(
                .hash, keyByteCount: 4, valueByteCount: Layout.Space.byteCount, capacity: Self.mostSpaces)
            granules = try BPFMap(.hash, keyByteCount: 8, valueByteCount: 4, capacity: Self.mostGranules)
            budget = try BPFMap(.arrayPerCPU, keyByteCount: 4, valueByteCount: 16, capacity: 1)
            counters = try BPFMap(
                .array, keyByteCount: 4, valueByteCount: 8, capacity: Layout.Counter.allCases.count)
            ring = try BPFRing(byteCount: Self.ringByteCount)
        } catch {
            throw Unavailable(reason: error.errno == EPERM ? "CAP_BPF is missing" : "\(error)")
        }
        let made = WaitPrograms(
            kernel: kernel,
            maps: WaitPrograms.Maps(
                threads: threads.descriptor, accounts: accounts.descriptor, stacks: stacks.descriptor,
                places: places.descriptor, spaces: spaces.descriptor, granules: granules.descriptor,
                budget: budget.descriptor, counters: counters.descriptor, ring: ring.map.descriptor
            ),
            observesAll: observesAll, ringByteCount: Self.ringByteCount
        )
        // Beginnings are watched before switches are, and ends to the last.
        if inherits { try load(made.onFork(), kernel.forkType, "sched_process_fork") }
        try load(made.onExec(), kernel.execType, "sched_process_exec")
        try load(made.onExit(), kernel.exitType, "sched_process_exit")
        do throws(Unavailable) {
            guard let preemption = kernel.preemption else { throw Unavailable(reason: "no preemption count") }
            try load(made.onWaking(preemption: preemption), kernel.wakingType, "sched_waking")
        } catch {
            // Kernels without the addresses of their data (CONFIG_KALLSYMS_ALL) cannot give it.
            try load(made.onWaking(preemption: nil), kernel.wakingType, "sched_waking")
        }
        try load(made.onSwitch(), kernel.switchType, "sched_switch")
    }

    deinit {
        detach()
        for program in programs { close(program) }
    }

    private func load(_ instructions: [UInt64]?, _ type: UInt32, _ name: String) throws(Unavailable) {
        guard let instructions else { throw Unavailable(reason: "\(name) cannot be assembled") }
        var log = [CChar](repeating: 0, count: Self.logByteCount)
        // SAFETY: both arrays outlive the call, which reads the one and writes no more than the size into the other.
        let program = unsafe pd_bpf_tracepoint_load(
            instructions, UInt32(instructions.count), type, &log, UInt32(log.count))
        guard program >= 0 else {
            let text = String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            // The end of the log says what the verifier objects to.
            let lines = text.split(separator: "\n").suffix(12).joined(separator: "; ")
            throw Unavailable(
                reason: "\(name): \(SystemCallError.text(of: -program))\(lines.isEmpty ? "" : ": \(lines)")")
        }
        programs.append(program)
    }

    /// Begins to observe the threads that are noted.
    func attach() throws(SystemCallError) {
        guard attachments.isEmpty else { return }
        for program in programs {
            let attachment = pd_bpf_tracepoint_attach(program)
            guard attachment >= 0 else {
                detach()
                throw SystemCallError(operation: "BPF_RAW_TRACEPOINT_OPEN", subject: "", errno: -attachment)
            }
            attachments.append(attachment)
        }
    }

    func detach() {
        for attachment in attachments.reversed() { close(attachment) }
        attachments = []
    }

    /// Notes a thread; one that is noted already stays as it is.
    func note(tid: Int32, process: Int32, state: Layout.State, since: UInt64) {
        threads.set(
            [UInt8](words: [], halves: [UInt32(bitPattern: tid)]),
            to: [UInt8](
                words: [since, 0, since, 0, 0, 0, 0],
                halves: [.max, UInt32(bitPattern: state.rawValue), UInt32(bitPattern: process), 0, 0, 0]
            ), onlyNew: true
        )
    }

    func count(of counter: Layout.Counter) -> UInt64 {
        counters.value(of: [UInt8](words: [], halves: [UInt32(bitPattern: counter.rawValue)]))?[...].word(at: 0) ?? 0
    }
}
