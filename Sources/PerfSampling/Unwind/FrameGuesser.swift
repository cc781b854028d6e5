import PerfModel
import PerfSymbols

/// Finds the caller of a function that has no unwind information, from its code or along rbp.
///
/// What it finds is checked, not believed: a return address has to stand in the dump, behind a call instruction in
/// executable memory. It may still be wrong, which is why such frames are marked.
struct FrameGuesser {
    enum Result {
        case caller(UserRegisters)
        /// A stack word that is needed lies behind the dump.
        case beyondDump
        case none
    }

    private struct Key: Hashable {
        var address: UInt64
        var isExact: Bool
    }

    struct Rows {
        var fromStart: FrameRow?
        var toReturn: FrameRow?
    }

    private var rows: [Key: Rows] = [:]
    /// Whether an address stands behind a call; the guesser serves one address space.
    private var returnAddresses: [UInt64: Bool] = [:]

    /// Distinct addresses kept; all are forgotten at once.
    private static let mostRows = 16_384
    /// Code read of one function, and to either side of an address where no symbol tells the function's bounds.
    private static let largestFunction: UInt64 = 256 << 10
    private static let windowSize: UInt64 = 4096

    /// The registers of the caller.
    ///
    /// - Parameters:
    ///   - registers: of the frame; its ip is the return address unless `isExact`.
    ///   - isExact: the frame is the leaf or was interrupted by a signal.
    ///   - stack: the dump, which starts at `stackStart`.
    ///   - stackStart: the address of the dump's first byte.
    ///   - space: what is mapped where.
    ///   - pages: of the unwinder.
    /// - Returns: the caller, or why there is none.
    mutating func caller(
        of registers: UserRegisters, isExact: Bool, stack: UnsafeRawBufferPointer, stackStart: UInt64,
        space: AddressSpace, pages: PageCache
    ) -> Result {
        let dump = unsafe StackDump(bytes: stack, start: stackStart)
        let found = rows(at: registers.ip, isExact: isExact, space: space, pages: pages)
        var isBeyond = false
        for row in [found.fromStart, found.toReturn] {
            guard let row else { continue }
            switch unsafe apply(row, to: registers, dump: dump, space: space, pages: pages) {
            case .caller(let caller): return .caller(caller)
            case .beyondDump: isBeyond = true
            case .none: break
            }
        }
        if isBeyond { return .beyondDump }
        // A call to nowhere: only the return address has been pushed.
        if isExact, space.regionIndex(containing: CodeAddress(rawValue: registers.ip)) == nil {
            let row = FrameRow(base: .stackPointer, offset: 8)
            if case .caller(let caller) = unsafe apply(row, to: registers, dump: dump, space: space, pages: pages) {
                return .caller(caller)
            }
        }
        var row = FrameRow(base: .framePointer, offset: 16)
        row.saved[5] = 16
        return unsafe apply(row, to: registers, dump: dump, space: space, pages: pages)
    }

    private mutating func apply(
        _ row: FrameRow, to registers: UserRegisters, dump: StackDump, space: AddressSpace, pages: PageCache
    ) -> Result {
        let base = row.base == .stackPointer ? registers.sp : registers[.rbp]
        let frameAddress = base &+ UInt64(bitPattern: row.offset)
        guard frameAddress % 8 == 0, frameAddress >= registers.sp &+ 8, frameAddress >= 8 else { return .none }
        guard let returnAddress = unsafe dump.word(at: frameAddress - 8) else {
            return unsafe dump.isJustBehind(frameAddress - 8) ? .beyondDump : .none
        }
        guard isReturnAddress(returnAddress, space: space, pages: pages) else { return .none }
        var caller = registers
        for number in 0..<16 where row.saved[number] != 0 {
            let place = frameAddress &- UInt64(bitPattern: row.saved[number])
            // A register saved below the stack pointer has been popped: it holds its value already.
            if let value = unsafe dump.word(at: place) { caller[FrameRow.dwarfNumbers[number]] = value }
        }
        caller.ip = returnAddress
        caller.sp = frameAddress
        return .caller(caller)
    }

    private mutating func isReturnAddress(_ address: UInt64, space: AddressSpace, pages: PageCache) -> Bool {
        if let known = returnAddresses[address] { return known }
        let new = space.isReturnAddress(address, pages: pages)
        if returnAddresses.count >= Self.mostRows { returnAddresses.removeAll(keepingCapacity: true) }
        returnAddresses[address] = new
        return new
    }

    private mutating func rows(at ip: UInt64, isExact: Bool, space: AddressSpace, pages: PageCache) -> Rows {
        let key = Key(address: ip, isExact: isExact)
        if let known = rows[key] { return known }
        let new = Self.read(at: ip, isExact: isExact, space: space, pages: pages)
        if rows.count >= Self.mostRows { rows.removeAll(keepingCapacity: true) }
        rows[key] = new
        return new
    }

    /// What the code says of the frame at an address, by two ways.
    static func read(at ip: UInt64, isExact: Bool, space: AddressSpace, pages: PageCache) -> Rows {
        let address = CodeAddress(rawValue: isExact ? ip : ip &- 1)
        guard let index = space.regionIndex(containing: address) else { return Rows() }
        let region = space.regions[index]
        if let image = region.image {
            let place = region.imageAddress(of: address)
            if let function = image.symbols.symbol(containing: place)?.range {
                let start = function.lowerBound.rawValue
                let count = function.upperBound.rawValue &- start
                let distance = place.rawValue &- start
                if count <= largestFunction {
                    let code = space.code(at: address.rawValue &- distance, count: Int(count), pages: pages)
                    let target = Int(distance) + (isExact ? 0 : 1)
                    let walk = CodeWalk(code: code)
                    return Rows(
                        fromStart: walk.rowFromStart(target: target, isExact: isExact),
                        toReturn: walk.rowToReturn(from: target, isWhole: true))
                }
            }
        }
        let before = min(windowSize, address.rawValue - region.start.rawValue)
        let start = address.rawValue - before
        let code = space.code(at: start, count: Int(2 * windowSize), pages: pages)
        let walk = CodeWalk(code: code)
        return Rows(fromStart: nil, toReturn: walk.rowToReturn(from: Int(ip - start), isWhole: false))
    }
}

/// The copied bytes of a stack.
@unsafe struct StackDump {
    let bytes: UnsafeRawBufferPointer
    let start: UInt64

    func word(at address: UInt64) -> UInt64? {
        let offset = unsafe address &- start
        guard unsafe offset < UInt64(bytes.count), unsafe UInt64(bytes.count) - offset >= 8 else { return nil }
        // SAFETY: eight bytes from `offset` lie within the buffer.
        return unsafe bytes.loadUnaligned(fromByteOffset: Int(offset), as: UInt64.self)
    }

    /// Whether an address is on the part of the stack that was not copied; 8 MiB is the usual limit of a stack.
    func isJustBehind(_ address: UInt64) -> Bool {
        let end = unsafe start &+ UInt64(bytes.count)
        return address &+ 8 > end && address &- end < 8 << 20
    }
}
