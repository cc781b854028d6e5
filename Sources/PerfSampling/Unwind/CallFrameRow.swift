/// How to leave a function's frame from one of its addresses: a row of the table that DWARF 5, section 6.4.1 defines.
struct CallFrameRow: Equatable {
    enum FrameAddress: Equatable {
        /// The value of a register, moved.
        case register(Int, offset: Int64)
        case expression([UInt8])
    }

    /// Where the caller's value of a register is.
    enum Rule: Equatable {
        case same
        case undefined
        /// In memory, at the canonical frame address moved by that much.
        case stored(Int64)
        case register(Int)
        case expression
    }

    private(set) var frameAddress: FrameAddress?
    /// By DWARF number.
    private(set) var rules: [Rule]
    /// Whether the return address carries a signature that has to be taken off.
    private(set) var isReturnAddressSigned = false
    /// The first address that it does not hold for; nil for the function's end.
    private(set) var end: UInt64?
    /// Whether the program does what no compiler writes and readers understand differently.
    private(set) var isDoubtful = false

    /// The row of an address, which must be the function's.
    init(of function: CallFrameFunction, at address: UInt64) {
        let common = function.common
        rules = Array(repeating: .same, count: common.architecture.registerCount)
        var location = function.range.lowerBound
        run(function.program.initial, common: common, location: &location, until: .max, initial: nil)
        let initial = rules
        location = function.range.lowerBound
        run(function.program.instructions, common: common, location: &location, until: address, initial: initial)
    }

    private struct State {
        var frameAddress: FrameAddress?
        var rules: [Rule]
        var isReturnAddressSigned: Bool
    }

    /// Follows instructions that ``CallFrameProgram`` has checked, as far as they concern the address `last`.
    private mutating func run(
        _ bytes: [UInt8], common: CallFrameCommon, location: inout UInt64, until last: UInt64, initial: [Rule]?
    ) {
        var cursor = CallFrameCursor(bytes)
        var remembered: [State] = []
        while !cursor.isAtEnd, !cursor.isBroken {
            let code = cursor.byte()
            switch code {
            case 0x40...0x7F, 0x02, 0x03, 0x04:
                let delta = code >= 0x40 ? UInt64(code & 0x3F) : cursor.fixed(1 << Int(code - 2))
                let next = location.addingReportingOverflow(delta &* common.codeAlignment)
                guard !next.overflow, next.partialValue <= last else {
                    end = next.overflow ? nil : next.partialValue
                    return
                }
                location = next.partialValue
            case 0x80...0xBF: set(UInt64(code & 0x3F), stored: cursor.unsignedLEB(), common: common)
            case 0x05: set(cursor.unsignedLEB(), stored: cursor.unsignedLEB(), common: common)
            case 0x11:
                let register = cursor.unsignedLEB()
                set(register, stored: UInt64(bitPattern: cursor.signedLEB()), common: common)
            case 0x2F:
                let register = cursor.unsignedLEB()
                set(register, stored: 0 &- cursor.unsignedLEB(), common: common)
            case 0xC0...0xFF: restore(UInt64(code & 0x3F), initial)
            case 0x06: restore(cursor.unsignedLEB(), initial)
            case 0x07: set(cursor.unsignedLEB(), .undefined)
            case 0x08: set(cursor.unsignedLEB(), .same)
            case 0x09:
                let register = cursor.unsignedLEB()
                set(register, .register(Int(truncatingIfNeeded: cursor.unsignedLEB())))
            case 0x0A:
                remembered.append(
                    State(
                        frameAddress: frameAddress, rules: rules, isReturnAddressSigned: isReturnAddressSigned))
            case 0x0B:
                guard let last = remembered.popLast() else {
                    isDoubtful = true
                    return
                }
                frameAddress = last.frameAddress
                rules = last.rules
                isReturnAddressSigned = last.isReturnAddressSigned
            case 0x0C: setFrame(register: cursor.unsignedLEB(), offset: Int64(truncatingIfNeeded: cursor.unsignedLEB()))
            case 0x12:
                let register = cursor.unsignedLEB()
                setFrame(register: register, offset: cursor.signedLEB() &* common.dataAlignment)
            case 0x0D:
                let register = cursor.unsignedLEB()
                guard case .register(_, let offset) = frameAddress else {
                    isDoubtful = true
                    return
                }
                setFrame(register: register, offset: offset)
            case 0x0E: moveFrame(Int64(truncatingIfNeeded: cursor.unsignedLEB()))
            case 0x13: moveFrame(cursor.signedLEB() &* common.dataAlignment)
            case 0x0F: frameAddress = .expression(Self.block(&cursor))
            case 0x10, 0x16:
                set(cursor.unsignedLEB(), .expression)
                _ = Self.block(&cursor)
            case 0x2D: isReturnAddressSigned.toggle()
            default: isDoubtful = true
            }
        }
        if cursor.isBroken { isDoubtful = true }
    }

    private mutating func set(_ register: UInt64, _ rule: Rule) {
        guard register < UInt64(rules.count) else { return }
        rules[Int(register)] = rule
    }

    private mutating func set(_ register: UInt64, stored factored: UInt64, common: CallFrameCommon) {
        let offset = Int64(bitPattern: factored).multipliedReportingOverflow(by: common.dataAlignment)
        if offset.overflow { isDoubtful = true }
        set(register, .stored(offset.partialValue))
    }

    private mutating func restore(_ register: UInt64, _ initial: [Rule]?) {
        guard let initial else {
            isDoubtful = true
            return
        }
        guard register < UInt64(rules.count) else { return }
        rules[Int(register)] = initial[Int(register)]
    }

    private mutating func setFrame(register: UInt64, offset: Int64) {
        frameAddress = .register(Int(truncatingIfNeeded: register), offset: offset)
    }

    private mutating func moveFrame(_ offset: Int64) {
        guard case .register(let register, _) = frameAddress else {
            isDoubtful = true
            return
        }
        frameAddress = .register(register, offset: offset)
    }

    private static func block(_ cursor: inout CallFrameCursor) -> [UInt8] {
        let count = cursor.unsignedLEB()
        let start = cursor.position
        cursor.skip(count)
        return cursor.isBroken ? [] : Array(cursor.bytes[start..<cursor.position])
    }
}
