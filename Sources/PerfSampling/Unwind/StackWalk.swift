import PerfModel

/// One walk up a stack.
@unsafe struct StackWalk {
    let captured: CapturedStack
    let space: AddressSpace
    let dump: StackDump
    var registers: UserRegisters
    /// Registers, by DWARF number, whose values stand in memory that nobody has; they hold its address.
    var missing: UInt32 = 0
    /// The frame is the leaf's, or was interrupted by a signal.
    var isExact = true
    /// Some frame was found by a guess.
    var isGuess = false
    /// The last frame was interrupted by a signal.
    var isInterrupted = false

    /// What a step came to.
    enum Step {
        case caller
        case end(StackEnd)
        /// A word was needed that stands behind the dump.
        case missing(UInt64)
        /// What there is of unwind information leads nowhere.
        case lost
    }

    init(_ captured: CapturedStack, space: AddressSpace) {
        unsafe self.captured = captured
        unsafe self.space = space
        unsafe dump = StackDump(bytes: captured.stack, start: captured.registers.sp)
        unsafe registers = captured.registers
    }

    mutating func run(_ cache: UnwindRowCache, into frames: inout [UnwoundFrame]) -> StackEnd {
        let (rows, regions) = (cache.rows, cache.regions)
        var region = unsafe regions.entry(of: registers.ip, in: space)
        frames.append(
            UnwoundFrame(
                address: CodeAddress(rawValue: unsafe registers.ip), region: region.index, isGuess: false))
        // The kernel copies nothing when the page at the stack pointer is not there yet, just after a call deepened
        // the stack.
        if unsafe dump.bytes.isEmpty { return .truncated }
        while frames.count < LibunwindUnwinder.mostFrames {
            let address = unsafe isExact ? registers.ip : registers.ip &- 1
            let key = UnwindRow.key(address &- region.bias, unsafe isExact ? .exact : .caller)
            var row = UnwindRow(.nothing)
            if let key, region.image != 0 {
                row = rows.row(key, image: region.image)
                if row.kind == .none { row = unsafe cache.newRow(key, address: address, region: region, walk: self) }
            }
            var step: Step
            switch row.kind {
            case .frame: step = unsafe leave(by: row)
            case .root: return .root
            case .slow: step = unsafe leaveSlowly(cache, frames: &frames)
            default: step = .lost
            }
            if case .lost = step { unsafe step = guess(cache, row: row, key: key, region: region) }
            switch step {
            case .caller: break
            case .end(let end): return end
            case .missing(let place): return unsafe end(without: place)
            case .lost: return .unrooted
            }
            // What a signal interrupted is at the instruction itself, all others behind a call.
            let place = unsafe isExact ? registers.ip : registers.ip &- 1
            region = unsafe regions.entry(of: place, in: space)
            frames.append(
                UnwoundFrame(
                    address: CodeAddress(rawValue: place), region: region.index, isGuess: unsafe isGuess))
        }
        return .truncated
    }

    /// How a stack ends at memory that nobody has.
    private func end(without place: UInt64) -> StackEnd {
        // A signal handler may have a stack of its own; the interrupted one was not copied.
        if unsafe isInterrupted, unsafe !dump.contains(registers.sp) { return .truncated }
        return unsafe captured.isStackCut && place &+ 8 > dump.end ? .truncated : .unrooted
    }

    /// DWARF number of a row's slot.
    @inline(__always)
    private static func register(_ slot: Int) -> Int { slot > 1 ? slot + 10 : slot == 0 ? 3 : 6 }

    @inline(__always)
    mutating func leave(by row: UnwindRow) -> Step {
        let base = unsafe registers[Int(row.base)]
        if unsafe missing != 0, unsafe missing >> UInt32(row.base) & 1 != 0 { return .missing(base) }
        let frameAddress = base &+ UInt64(bitPattern: Int64(row.frameOffset))
        guard let returnAddress = unsafe dump.word(at: frameAddress &- 8) else {
            return .missing(frameAddress &- 8)
        }
        // All stacks grow towards the caller. Where nothing changes at all the unwind information is useless.
        guard returnAddress > 1, unsafe frameAddress > registers.sp else {
            return unsafe frameAddress == registers.sp && returnAddress == registers.ip ? .lost : .end(.unrooted)
        }
        unsafe restore(row, frameAddress: frameAddress)
        unsafe registers.ip = returnAddress
        unsafe registers.sp = frameAddress
        unsafe isExact = false
        unsafe isInterrupted = false
        return .caller
    }

    @inline(__always)
    private mutating func restore(_ row: UnwindRow, frameAddress: UInt64) {
        var left = row.saved
        while left != 0 {
            let slot = left.trailingZeroBitCount
            left &= left &- 1
            let number = unsafe Self.register(slot)
            let place = frameAddress &+ UInt64(bitPattern: Int64(row.offsets[slot]) &* 8)
            if let value = unsafe dump.word(at: place) {
                unsafe registers[number] = value
                unsafe missing &= ~(1 << UInt32(number))
            } else if unsafe isExact {
                // In an epilogue, after `pop %rbp`, compilers say where the frame is but not that rbp is restored: by
                // the book rbp still stands below the stack pointer, which is not in the dump. What has been popped
                // is in its register.
                if unsafe place < registers.sp, unsafe registers.sp &- place <= 256 { continue }
                unsafe registers[number] = 0
            } else {
                unsafe registers[number] = place
                unsafe missing |= 1 << UInt32(number)
            }
        }
    }

    /// Registers that could not be had are 0 to those who do not ask which ones they are.
    private mutating func forgetMissing() {
        guard unsafe missing != 0 else { return }
        for number in 0..<UserRegisters.count where unsafe missing >> UInt32(number) & 1 != 0 {
            unsafe registers[number] = 0
        }
        unsafe missing = 0
    }

    @inline(never)
    private mutating func leaveSlowly(_ cache: UnwindRowCache, frames: inout [UnwoundFrame]) -> Step {
        cache.slowFrameCount += 1
        guard let libunwind = cache.libunwind, case .available = LibunwindUnwinder.availability else {
            cache.withoutLibunwindCount += 1
            return .lost
        }
        unsafe forgetMissing()
        switch unsafe libunwind.step(from: registers, isExact: isExact, captured: captured, space: space) {
        case .root: return .end(.root)
        case .missing(let place): return .missing(place)
        case .stuck: return .end(.unrooted)
        case .lost: return .lost
        case .caller(let caller, let isSignal):
            unsafe registers = caller
            unsafe isExact = isSignal
            unsafe isInterrupted = isSignal
            if isSignal, frames.count > 1 {
                // The kernel made the signal frame's "return address": no call stands before it.
                let last = frames.count - 1
                frames[last] = unsafe space.frame(at: frames[last].address.rawValue &+ 1, isGuess: isGuess)
            }
            return .caller
        }
    }

    // MARK: Without unwind information

    @inline(never)
    private mutating func guess(
        _ cache: UnwindRowCache, row: UnwindRow, key: UInt64?, region: RegionCache.Entry
    ) -> Step {
        unsafe forgetMissing()
        guard row.kind != .slow, row.kind != .frame, let key, region.image != 0 else {
            return unsafe guessSlowly(cache)
        }
        var candidates: InlineArray<2, UnwindRow> = [row, UnwindRow(.nothing)]
        if row.kind == .firstGuess {
            let question = unsafe isExact ? UnwindRow.Question.secondGuessForExact : .secondGuessForCaller
            if let second = UnwindRow.key(key & (1 << 60 - 1), question) {
                candidates[1] = cache.rows.row(second, image: region.image)
                // It was lost when the table was emptied in between.
                if candidates[1].kind == .none { return unsafe guessSlowly(cache) }
            }
        }
        var isBeyond = false
        for index in 0..<2 where candidates[index].kind != .nothing {
            switch unsafe apply(candidates[index], cache) {
            case .caller: return .caller
            case .missing: isBeyond = true
            case .end, .lost: break
            }
        }
        if !isBeyond {
            switch unsafe apply(Self.alongFramePointer, cache) {
            case .caller: return .caller
            case .missing: isBeyond = true
            case .end, .lost: return .lost
            }
        }
        return unsafe .end(captured.isStackCut ? .truncated : .unrooted)
    }

    /// Frames as functions that keep a frame pointer have them.
    private static var alongFramePointer: UnwindRow {
        var row = UnwindRow(.guess)
        row.base = UInt8(UnwindArchitecture.x86_64.framePointer)
        row.frameOffset = 16
        row.saved = 1 << 1
        row.offsets[1] = -2
        return row
    }

    private mutating func apply(_ row: UnwindRow, _ cache: UnwindRowCache) -> Step {
        let frameAddress = unsafe registers[Int(row.base)] &+ UInt64(bitPattern: Int64(row.frameOffset))
        guard frameAddress % 8 == 0, unsafe frameAddress >= registers.sp &+ 8, frameAddress >= 8 else { return .lost }
        guard let returnAddress = unsafe dump.word(at: frameAddress - 8) else {
            return unsafe dump.isJustBehind(frameAddress - 8) ? .missing(frameAddress - 8) : .lost
        }
        guard unsafe cache.isReturnAddress(returnAddress, in: space) else { return .lost }
        for slot in 0..<6 where row.saved >> UInt8(slot) & 1 != 0 {
            let place = frameAddress &+ UInt64(bitPattern: Int64(row.offsets[slot]) &* 8)
            // A register saved below the stack pointer has been popped: it holds its value already.
            if let value = unsafe dump.word(at: place) { unsafe registers[Self.register(slot)] = value }
        }
        unsafe registers.ip = returnAddress
        unsafe registers.sp = frameAddress
        unsafe guessed()
        return .caller
    }

    private mutating func guessed() {
        unsafe isExact = false
        unsafe isGuess = true
        unsafe isInterrupted = false
    }

    /// For code without a file, and for what does not fit into rows.
    private mutating func guessSlowly(_ cache: UnwindRowCache) -> Step {
        switch unsafe cache.slowGuess(self) {
        case .caller(let caller):
            unsafe registers = caller
            unsafe guessed()
            return .caller
        case .beyondDump: return unsafe .end(captured.isStackCut ? .truncated : .unrooted)
        case .none: return .lost
        }
    }
}

extension StackDump {
    var end: UInt64 { unsafe start &+ UInt64(bytes.count) }

    func contains(_ address: UInt64) -> Bool { unsafe address >= start && address < end }
}
