import CPerfUnwind
import Glibc
import PerfModel

/// Unwinds captured stacks with libunwind, and where it cannot go on with what the code and the kernel's chain tell.
///
/// One instance per thread. libunwind is opened on first use.
@safe package final class LibunwindUnwinder: Unwinder {
    package enum Mode: Sendable {
        /// Unwind information, finished by the kernel's callchain where the dump runs out.
        case auto
        /// Unwind information only.
        case dwarf
    }

    /// Frames of one stack; 64 KiB hold about 2,000.
    package static let mostFrames = 4096

    private let mode: Mode
    private let pages: PageCache
    private let walker: UnsafeMutablePointer<pd_walker>
    private var spaces: [UInt64: LibunwindSpace] = [:]
    private var current: LibunwindSpace?
    private var clock: UInt64 = 0
    /// Whether the last frame of the walk was interrupted by a signal.
    private var isInterrupted = false

    /// Address spaces kept; each costs some 100 KiB.
    private static let mostSpaces = 32

    /// Whether libunwind is there, and which package has it when not.
    package static var availability: Availability<Bool> {
        let status = pd_unwind_open()
        guard status != -ENOSYS else {
            return .unavailable(reason: "libunwind is used on x86-64 only", remedy: nil)
        }
        guard status == 0 else {
            return .unavailable(
                reason: "libunwind-x86_64.so.8 is not installed",
                remedy: "install it: apt-get install libunwind8")
        }
        return .available(true)
    }

    package convenience init(mode: Mode = .auto) {
        self.init(mode: mode, pages: PageCache())
    }

    init(mode: Mode, pages: PageCache) {
        self.mode = mode
        self.pages = pages
        // SAFETY: freed in deinit; the context pointer is set for the duration of each walk.
        unsafe walker = .allocate(capacity: 1)
        unsafe pd_walker_init(walker, findRecord, readWord)
    }

    deinit {
        // SAFETY: nobody else has it.
        unsafe walker.deallocate()
    }

    package func unwind(
        _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
    ) -> StackEnd {
        frames.removeAll(keepingCapacity: true)
        frames.append(space.frame(at: unsafe captured.registers.ip, isGuess: false))
        guard let state = state(of: space) else { return .unrooted }
        current = state
        state.makeRoom()
        isInterrupted = false
        // SAFETY: the dump is valid during this call and forgotten at its end.
        unsafe lend(captured, state: state)
        defer { takeBack() }

        // The kernel copies nothing when the page at the stack pointer is not there yet, just after a call deepened
        // the stack.
        let end =
            unsafe captured.stack.isEmpty ? .truncated : walk(captured, state: state, into: &frames)
        if end == .root {
            state.learnRoots(from: frames)
            return .root
        }
        if end == .truncated, mode == .auto {
            // SAFETY: the chain is valid during this call.
            _ = unsafe KernelCallchain.append(
                captured.callchain, to: &frames, isInterrupted: isInterrupted, space: space, pages: pages)
        }
        // Behind main stands at most one function of the C library that keeps a frame.
        for frame in frames.suffix(2).reversed() where state.isRoot(frame.address) { return .root }
        return end
    }

    private func walk(
        _ captured: CapturedStack, state: LibunwindSpace, into frames: inout [UnwoundFrame]
    ) -> StackEnd {
        var registers = unsafe captured.registers
        let dumpStart = registers.sp
        let dumpEnd = unsafe registers.sp &+ UInt64(captured.stack.count)
        let isCut = unsafe captured.isStackCut
        var isExact = true
        var isGuess = false
        isInterrupted = false
        restart: while true {
            // Within the call, so that libunwind looks up the function that called.
            let cursor = isExact ? unsafe state.exact : unsafe state.callers
            load(registers, ipShift: isExact ? 0 : 1)
            guard unsafe pd_unwind_begin(cursor, walker) == 0 else { return .unrooted }
            var position = (ip: registers.ip, sp: registers.sp)
            while frames.count < Self.mostFrames {
                let step = unsafe pd_unwind_step(cursor, walker)
                if step == 0 { return .root }
                if step < 0 {
                    if step == noMemory {
                        // A signal handler may have a stack of its own; the interrupted one was not copied.
                        if isInterrupted, position.sp < dumpStart || position.sp >= dumpEnd { return .truncated }
                        return unsafe isCut && walker.pointee.missing &+ 8 > dumpEnd ? .truncated : .unrooted
                    }
                    var here = unsafe currentRegisters(cursor)
                    here.ip = position.ip
                    // SAFETY: the dump is valid during this call.
                    let guess = unsafe state.guesser.caller(
                        of: here, isExact: isExact, stack: captured.stack, stackStart: captured.registers.sp,
                        space: state.space, pages: pages)
                    switch guess {
                    case .caller(let caller):
                        registers = caller
                        isGuess = true
                        isExact = false
                        isInterrupted = false
                        frames.append(state.space.frame(at: caller.ip &- 1, isGuess: true))
                        continue restart
                    case .beyondDump: return isCut ? .truncated : .unrooted
                    case .none: return .unrooted
                    }
                }
                var next = position
                guard unsafe pd_unwind_position(cursor, &next.ip, &next.sp) == 0 else { return .unrooted }
                // The stack that a signal interrupted may be another one; all others grow towards the caller.
                guard next.ip > 1, step == 2 || next.sp > position.sp else { return .unrooted }
                position = next
                isInterrupted = step == 2
                if isInterrupted, frames.count > 1 {
                    // The kernel made the signal frame's "return address": no call stands before it.
                    frames[frames.count - 1] = state.space.frame(
                        at: frames[frames.count - 1].address.rawValue &+ 1, isGuess: isGuess)
                }
                frames.append(state.space.frame(at: step == 2 ? next.ip : next.ip &- 1, isGuess: isGuess))
                guard isExact || step == 2 else { continue }
                registers = unsafe currentRegisters(cursor)
                registers.ip = next.ip
                isExact = step == 2
                continue restart
            }
            return .truncated
        }
    }

    /// What a single step came to.
    enum Step {
        /// The registers of the caller, or of what a signal interrupted.
        case caller(UserRegisters, isSignal: Bool)
        case root
        /// The address of memory that nobody has.
        case missing(UInt64)
        /// The stack does not grow.
        case stuck
        /// The unwind information does not lead on.
        case lost
    }

    /// The frame that called that of `registers`, whose ip is a return address unless `isExact`.
    func step(from registers: UserRegisters, isExact: Bool, captured: CapturedStack, space: AddressSpace) -> Step {
        guard let state = state(of: space) else { return .lost }
        current = state
        state.makeRoom()
        // SAFETY: the dump is valid during this call and forgotten at its end.
        let first = unsafe step(from: registers, isExact: isExact, captured: captured, state: state)
        guard case .lost = first, state.makeRoom() else { return first }
        return unsafe step(from: registers, isExact: isExact, captured: captured, state: state)
    }

    private func step(
        from registers: UserRegisters, isExact: Bool, captured: CapturedStack, state: LibunwindSpace
    ) -> Step {
        unsafe lend(captured, state: state)
        defer { takeBack() }
        let cursor = isExact ? unsafe state.exact : unsafe state.callers
        load(registers, ipShift: isExact ? 0 : 1)
        guard unsafe pd_unwind_begin(cursor, walker) == 0 else { return .stuck }
        let step = unsafe pd_unwind_step(cursor, walker)
        if step == 0 { return .root }
        if step < 0 { return step == noMemory ? unsafe .missing(walker.pointee.missing) : .lost }
        var next = (ip: registers.ip, sp: registers.sp)
        guard unsafe pd_unwind_position(cursor, &next.ip, &next.sp) == 0, next.ip > 1,
            step == 2 || next.sp > registers.sp
        else { return .stuck }
        var caller = unsafe currentRegisters(cursor)
        caller.ip = next.ip
        return .caller(caller, isSignal: step == 2)
    }

    private func lend(_ captured: CapturedStack, state: LibunwindSpace) {
        unsafe walker.pointee.context = Unmanaged.passUnretained(self).toOpaque()
        unsafe walker.pointee.stack_start = captured.registers.sp
        unsafe walker.pointee.stack_count = UInt64(captured.stack.count)
        unsafe walker.pointee.stack = captured.stack.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe state.lendRecords(to: walker)
    }

    private func takeBack() {
        unsafe walker.pointee.stack = nil
        unsafe walker.pointee.stack_count = 0
    }

    private func load(_ registers: UserRegisters, ipShift: UInt64) {
        unsafe withUnsafeMutableBytes(of: &walker.pointee.registers) { raw in
            for number in 0..<UserRegisters.count {
                unsafe raw.storeBytes(of: registers[number], toByteOffset: 8 * number, as: UInt64.self)
            }
            let ip = UserRegisters.Register.rip.rawValue
            unsafe raw.storeBytes(of: registers[ip] &- ipShift, toByteOffset: 8 * ip, as: UInt64.self)
        }
    }

    private func currentRegisters(_ cursor: OpaquePointer) -> UserRegisters {
        var raw = InlineArray<17, UInt64>(repeating: 0)
        var result = UserRegisters()
        var span = raw.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { unsafe pd_unwind_registers(cursor, walker, base) }
        }
        for number in 0..<UserRegisters.count { result[number] = raw[number] }
        return result
    }

    private func state(of space: AddressSpace) -> LibunwindSpace? {
        clock += 1
        if let known = spaces[space.id] {
            known.lastUse = clock
            return known
        }
        if spaces.count >= Self.mostSpaces, let oldest = spaces.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            spaces.removeValue(forKey: oldest.key)
        }
        guard let new = LibunwindSpace(space) else { return nil }
        new.lastUse = clock
        spaces[space.id] = new
        return new
    }

    // MARK: What libunwind asks for

    fileprivate func record(covering address: UInt64) -> (offset: Int64, start: UInt64, end: UInt64)? {
        guard let current else { return nil }
        let found = current.record(covering: address, pages: pages)
        unsafe current.lendRecords(to: walker)
        return found
    }

    fileprivate func word(at address: UInt64) -> UInt64? {
        guard let space = current?.space,
            let index = space.regionIndex(containing: CodeAddress(rawValue: address)),
            space.regions[index].isExecutable
        else { return nil }
        let bytes = space.code(at: address, count: 8, pages: pages)
        guard bytes.count == 8 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

private let noMemory = Int32(PD_UNWIND_NO_MEMORY)

private func unwinder(of walker: UnsafeMutablePointer<pd_walker>) -> LibunwindUnwinder? {
    // SAFETY: the context is the unwinder that is inside `unwind`, which keeps it alive.
    guard let context = unsafe walker.pointee.context else { return nil }
    return unsafe Unmanaged<LibunwindUnwinder>.fromOpaque(context).takeUnretainedValue()
}

private func findRecord(
    _ walker: UnsafeMutablePointer<pd_walker>, _ ip: UInt64, _ start: UnsafeMutablePointer<UInt64>,
    _ end: UnsafeMutablePointer<UInt64>
) -> Int64 {
    guard let found = unsafe unwinder(of: walker)?.record(covering: ip) else { return -1 }
    // SAFETY: libunwind's shim passes the addresses of two variables.
    unsafe start.pointee = found.start
    unsafe end.pointee = found.end
    return found.offset
}

private func readWord(
    _ walker: UnsafeMutablePointer<pd_walker>, _ address: UInt64, _ value: UnsafeMutablePointer<UInt64>
) -> Int32 {
    guard let word = unsafe unwinder(of: walker)?.word(at: address) else { return -1 }
    // SAFETY: as above.
    unsafe value.pointee = word
    return 0
}
