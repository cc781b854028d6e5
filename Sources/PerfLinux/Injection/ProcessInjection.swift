import CPerfLinux
import Glibc
import PerfModel

/// A thread of another process that stands still, and calls functions of that process for us, on a stack of its own.
///
/// The thread was found where it holds no lock that such functions could need. It goes on as it was with ``end()``.
/// Use it on one thread alone. If perfdoctor is killed meanwhile, the process cannot be guaranteed: keep it short.
@safe package final class ProcessInjection {
    // SAFETY of the class: all three are made in init and given up in deinit; the handle refers to the others.
    package let pid: Int32
    private let handle: OpaquePointer
    private let plan: UnsafeMutablePointer<pd_injection_plan>
    private let ranges: UnsafeMutableBufferPointer<pd_code_range>
    private let priority: ThreadPriority
    private var hasEnded = false

    /// Stops a thread.
    ///
    /// - Throws: when none may be stopped, or none is found in time that can be used; the process goes on as before.
    package init(into pid: Int32, plan wanted: InjectionPlan, proc: ProcFileSystem = ProcFileSystem())
        throws(InjectionError)
    {
        let entry: UInt64
        do throws(SnapshotError) {
            try ProcessSnapshot.check(pid)
            entry = try KernelEntry.address(in: pid, proc)
        } catch {
            throw .snapshot(error)
        }
        let all = (wanted.busy + wanted.locks).map { pd_code_range(start: $0.lowerBound, end: $0.upperBound) }
        unsafe ranges = .allocate(capacity: max(1, all.count))
        _ = unsafe ranges.initialize(from: all)
        unsafe plan = .allocate(capacity: 1)
        // SAFETY: both live as long as the handle, which refers to them.
        unsafe plan.initialize(
            to: pd_injection_plan(
                syscall_address: entry, trap_address: wanted.trap, signal_return: wanted.signalReturn ?? 0,
                busy: ranges.baseAddress, locks: ranges.baseAddress.map { unsafe $0 + wanted.busy.count },
                busy_count: UInt32(wanted.busy.count), lock_count: UInt32(wanted.locks.count),
                patience_ns: wanted.patience,
                left: pd_code_range(start: wanted.left?.lowerBound ?? 0, end: wanted.left?.upperBound ?? 0)))
        var opened: OpaquePointer?
        priority = ThreadPriority.raise()
        let result = unsafe pd_injection_begin(pid, plan, &opened)
        guard result == 0, let opened = unsafe opened else {
            priority.restore()
            unsafe plan.deallocate()
            unsafe ranges.deallocate()
            throw InjectionError(result, pid: pid)
        }
        self.pid = pid
        unsafe handle = opened
    }

    deinit {
        end()
        unsafe plan.deallocate()
        unsafe ranges.deallocate()
    }

    /// Puts bytes where the process can read them until the end.
    ///
    /// - Returns: their address.
    package func place(_ bytes: [UInt8]) throws(InjectionError) -> UInt64 {
        // SAFETY: the shim reads as many bytes as there are.
        let address = unsafe bytes.withUnsafeBytes { buffer -> UInt64 in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe pd_injection_place(handle, base, UInt64(buffer.count))
        }
        guard address != 0 else { throw .changed(pid: pid) }
        return address
    }

    /// Has the process make a file in its memory, that no program which it executes gets.
    ///
    /// - Returns: its descriptor there.
    package func makeMemoryFile(named name: String) throws(InjectionError) -> Int {
        var failure: Int32 = 0
        // SAFETY: the name is a terminated string for the duration of the call.
        let descriptor = unsafe pd_injection_memory_file(handle, name, &failure)
        guard failure == 0 else { throw InjectionError(failure, pid: pid) }
        guard descriptor >= 0 else { throw InjectionError(Int32(descriptor), pid: pid) }
        return descriptor
    }

    /// Has the process close a descriptor.
    package func closeFile(_ descriptor: Int) throws(InjectionError) {
        let failure = unsafe pd_injection_close(handle, descriptor)
        guard failure == 0 else { throw InjectionError(failure, pid: pid) }
    }

    /// Has the thread call a function.
    ///
    /// - Parameters:
    ///   - function: its address.
    ///   - arguments: six at most.
    ///   - patience: nanoseconds until it has to have returned.
    /// - Returns: what it returns.
    /// - Throws: when it fails with a signal or does not return in time, or the process ends.
    package func call(_ function: UInt64, _ arguments: [UInt64], atMost patience: UInt64) throws(InjectionError)
        -> UInt64
    {
        var result: UInt64 = 0
        let words = Self.words(arguments)
        // SAFETY: six words, which outlive the call.
        let failure = unsafe words.withUnsafeBufferPointer { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return -EINVAL }
            return unsafe pd_injection_call(handle, function, base, patience, &result)
        }
        guard failure == 0 else { throw InjectionError(failure, pid: pid) }
        return result
    }

    /// Lets the thread go on as it was.
    ///
    /// - Returns: nanoseconds that it stood still; 0 when called again.
    @discardableResult
    package func end() -> UInt64 {
        guard !hasEnded else { return 0 }
        hasEnded = true
        defer { priority.restore() }
        // SAFETY: the handle is given up here, once.
        return unsafe pd_injection_end(handle)
    }

    private static func words(_ arguments: [UInt64]) -> [UInt] {
        (0..<6).map { $0 < arguments.count ? UInt(arguments[$0]) : 0 }
    }
}
