/// An x86-64 instruction as far as it matters to where the stack pointer and rbp are.
///
/// Lengths are exact for all that compilers emit (legacy, VEX and EVEX encodings); anything unknown decodes to nil,
/// and whoever follows the code stops there.
struct Instruction: Equatable {
    enum Effect: Equatable {
        /// Leaves rsp and rbp alone.
        case none
        /// Pushes a register by number, or something else.
        case push(UInt8?)
        case pop(UInt8?)
        /// Adds to rsp.
        case addToStackPointer(Int64)
        /// rbp = rsp + offset.
        case setFramePointer(Int64)
        /// rsp = rbp + offset.
        case setStackPointer(Int64)
        /// rsp is changed beyond what can be followed.
        case loseStackPointer
        case leave
        case call
        case `return`
        /// Goes elsewhere, by a distance from the end of the instruction.
        case jump(Int64)
        case branch(Int64)
        /// Through a register or a table: to one of many places in the function.
        case indirectJump
        /// Through a word at a fixed place, as stubs of the procedure linkage table do: to another function.
        case tailCall
        /// Does not go on: ud2, hlt.
        case stop
    }

    var length: Int
    var effect: Effect

    /// Decodes the instruction at `position`.
    init?(_ code: [UInt8], at position: Int) {
        var decoder = InstructionDecoder(code, at: position)
        guard let effect = decoder.effect(), !decoder.isBroken, decoder.position - position <= 15 else { return nil }
        self.length = decoder.position - position
        self.effect = effect
    }
}

/// Takes one instruction apart; Intel's manual, volume 2, appendix A has the opcode maps.
private struct InstructionDecoder {
    private let code: [UInt8]
    private(set) var position: Int
    private(set) var isBroken = false

    private var hasOperandSize = false
    private var hasAddressSize = false
    private var rex: UInt8 = 0

    private var isWide: Bool { rex & 8 != 0 }

    /// mod, reg (with REX.R) and rm (with REX.B), and the displacement.
    private struct Operands {
        var mod: UInt8
        var reg: UInt8
        var rm: UInt8
        var hasIndex = false
        /// Relative to rip.
        var isFixed = false
        var displacement: Int64 = 0
    }

    private static let rsp: UInt8 = 4
    private static let rbp: UInt8 = 5

    init(_ code: [UInt8], at position: Int) {
        self.code = code
        self.position = position
    }

    private mutating func byte() -> UInt8 {
        guard position >= 0, position < code.count else {
            isBroken = true
            return 0
        }
        defer { position += 1 }
        return code[position]
    }

    private mutating func signed(_ count: Int) -> Int64 {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(byte()) << UInt64(8 * index) }
        let shift = UInt64(64 - 8 * count)
        return Int64(bitPattern: value << shift) >> Int64(shift)
    }

    private mutating func operands() -> Operands {
        let modrm = byte()
        var result = Operands(mod: modrm >> 6, reg: (modrm >> 3) & 7 | (rex & 4) << 1, rm: modrm & 7)
        if result.mod == 3 {
            result.rm |= (rex & 1) << 3
            return result
        }
        var isBaseless = result.mod == 0 && result.rm == 5
        if result.rm == 4 {
            let sib = byte()
            let index = (sib >> 3) & 7 | (rex & 2) << 2
            result.hasIndex = index != 4
            isBaseless = result.mod == 0 && sib & 7 == 5
            result.rm = sib & 7
        }
        result.rm |= (rex & 1) << 3
        if isBaseless {
            // Relative to rip, or absolute: no register is the base.
            result.isFixed = !result.hasIndex && modrm & 7 == 5
            result.hasIndex = true
            result.displacement = signed(4)
        } else if result.mod == 1 {
            result.displacement = signed(1)
        } else if result.mod == 2 {
            result.displacement = signed(4)
        }
        return result
    }

    mutating func effect() -> Instruction.Effect? {
        var opcode = byte()
        prefixes: while !isBroken {
            switch opcode {
            case 0x66: hasOperandSize = true
            case 0x67: hasAddressSize = true
            case 0xF2, 0xF3, 0xF0, 0x2E, 0x36, 0x3E, 0x26, 0x64, 0x65: break
            default: break prefixes
            }
            opcode = byte()
        }
        if opcode & 0xF0 == 0x40 {
            rex = opcode & 0x0F
            opcode = byte()
        }
        switch opcode {
        case 0x0F: return twoByte()
        case 0xC4, 0xC5, 0x62: return vector(opcode)
        default: return oneByte(opcode)
        }
    }

    private var immediateSize: Int { hasOperandSize ? 2 : 4 }

    private mutating func oneByte(_ opcode: UInt8) -> Instruction.Effect? {
        switch opcode {
        case 0x00...0x3F:
            switch opcode & 7 {
            case 0...3: return arithmetic(opcode)
            case 4: _ = byte()
            case 5: _ = signed(immediateSize)
            default: return nil
            }
            return Instruction.Effect.none
        case 0x50...0x57: return .push(opcode & 7 | (rex & 1) << 3)
        case 0x58...0x5F: return .pop(opcode & 7 | (rex & 1) << 3)
        case 0x63, 0x84...0x88, 0x8A, 0x8C, 0x8E, 0xD0...0xD3, 0xD8...0xDF: _ = operands()
        case 0x68: return push(immediate: immediateSize)
        case 0x6A: return push(immediate: 1)
        case 0x69:
            _ = operands()
            _ = signed(immediateSize)
        case 0x6B, 0xC0, 0xC1, 0xC6, 0x80:
            _ = operands()
            _ = byte()
        case 0x6C...0x6F, 0x90...0x99, 0x9B...0x9F, 0xA4...0xA7, 0xAA...0xAF, 0xCF, 0xD7, 0xEC...0xEF, 0xF1, 0xF5,
            0xF8...0xFD:
            break
        case 0x70...0x7F, 0xE0...0xE3: return .branch(signed(1))
        case 0x81, 0x83: return immediateArithmetic(size: opcode == 0x81 ? immediateSize : 1)
        case 0x89, 0x8B: return move(opcode)
        case 0x8D: return loadAddress()
        case 0x8F:
            let operands = operands()
            return .pop(operands.mod == 3 ? operands.rm : nil)
        case 0xA0...0xA3: _ = signed(hasAddressSize ? 4 : 8)
        case 0xA8, 0xB0...0xB7, 0xCD, 0xE4...0xE7: _ = byte()
        case 0xA9: _ = signed(immediateSize)
        case 0xB8...0xBF: _ = signed(isWide ? 8 : immediateSize)
        case 0xC2, 0xCA:
            _ = signed(2)
            return .return
        case 0xC3, 0xCB: return .return
        case 0xC7:
            _ = operands()
            _ = signed(immediateSize)
        case 0xC9: return .leave
        case 0xCC, 0xF4: return .stop
        case 0xE8:
            _ = signed(4)
            return .call
        case 0xE9: return .jump(signed(4))
        case 0xEB: return .jump(signed(1))
        case 0xF6, 0xF7:
            let operands = operands()
            if operands.reg & 7 <= 1 { _ = signed(opcode == 0xF6 ? 1 : immediateSize) }
        case 0xFE: _ = operands()
        case 0xFF:
            let operands = operands()
            switch operands.reg & 7 {
            case 2, 3: return .call
            case 4, 5: return operands.isFixed ? .tailCall : .indirectJump
            case 6: return .push(nil)
            default: break
            }
        default: return nil
        }
        return Instruction.Effect.none
    }

    private mutating func push(immediate size: Int) -> Instruction.Effect {
        _ = signed(size)
        return .push(nil)
    }

    /// ADD, SUB, AND and so on between a register and a register or memory.
    private mutating func arithmetic(_ opcode: UInt8) -> Instruction.Effect {
        let operands = operands()
        let isCompare = opcode & 0x38 == 0x38
        let target = opcode & 2 != 0 ? operands.reg : operands.mod == 3 ? operands.rm : 255
        return target == Self.rsp && !isCompare ? .loseStackPointer : .none
    }

    private mutating func immediateArithmetic(size: Int) -> Instruction.Effect {
        let operands = operands()
        let value = signed(size)
        guard operands.mod == 3, operands.rm == Self.rsp, isWide else { return .none }
        switch operands.reg & 7 {
        case 0: return .addToStackPointer(value)
        case 5: return .addToStackPointer(-value)
        case 7: return .none
        default: return .loseStackPointer
        }
    }

    private mutating func move(_ opcode: UInt8) -> Instruction.Effect {
        let operands = operands()
        let isStore = opcode == 0x89
        guard isWide, !isStore || operands.mod == 3 else { return .none }
        let target = isStore ? operands.rm : operands.reg
        let source: UInt8? = operands.mod == 3 ? (isStore ? operands.reg : operands.rm) : nil
        switch (target, source) {
        case (Self.rbp, Self.rsp): return .setFramePointer(0)
        case (Self.rsp, Self.rbp): return .setStackPointer(0)
        case (Self.rsp, _): return .loseStackPointer
        default: return .none
        }
    }

    private mutating func loadAddress() -> Instruction.Effect {
        let operands = operands()
        guard isWide, operands.mod != 3 else { return .none }
        let base: UInt8? = operands.hasIndex ? nil : operands.rm
        switch (operands.reg, base) {
        case (Self.rbp, Self.rsp): return .setFramePointer(operands.displacement)
        case (Self.rsp, Self.rbp): return .setStackPointer(operands.displacement)
        case (Self.rsp, Self.rsp): return .addToStackPointer(operands.displacement)
        case (Self.rsp, _): return .loseStackPointer
        default: return .none
        }
    }

    private mutating func twoByte() -> Instruction.Effect? {
        let opcode = byte()
        switch opcode {
        case 0x05, 0x06, 0x08, 0x09, 0x0E, 0x30...0x33, 0x77, 0xA2, 0xAA, 0xC8...0xCF: break
        case 0x07, 0x0B, 0x34, 0x35: return .stop
        case 0xA0, 0xA8: return .push(nil)
        case 0xA1, 0xA9: return .pop(nil)
        case 0x80...0x8F: return .branch(signed(4))
        case 0x38:
            _ = byte()
            _ = operands()
        case 0x3A, 0x0F:
            if opcode == 0x3A { _ = byte() }
            _ = operands()
            _ = byte()
        case 0x70...0x73, 0xA4, 0xAC, 0xBA, 0xC2, 0xC4...0xC6:
            _ = operands()
            _ = byte()
        case 0x04, 0x0A, 0x0C, 0x24...0x27, 0x36, 0x37, 0x39, 0x3B...0x3F: return nil
        case 0xB9, 0xFF:
            _ = operands()
            return .stop
        default: _ = operands()
        }
        return Instruction.Effect.none
    }

    private mutating func vector(_ prefix: UInt8) -> Instruction.Effect? {
        var map: UInt8 = 1
        let first = byte()
        if prefix == 0xC4 {
            map = first & 0x1F
            _ = byte()
        } else if prefix == 0x62 {
            map = first & 0x07
            _ = byte()
            _ = byte()
        }
        let opcode = byte()
        guard (1...6).contains(map) else { return nil }
        if map == 1, opcode == 0x77 { return Instruction.Effect.none }
        _ = operands()
        let hasImmediate =
            switch (map, opcode) {
            case (3, _), (1, 0x70...0x73), (1, 0xC2), (1, 0xC4...0xC6): true
            default: false
            }
        if hasImmediate { _ = byte() }
        return Instruction.Effect.none
    }
}

extension Instruction {
    /// Whether the last of these bytes may be the end of a call instruction.
    static func endsWithCall(_ bytes: [UInt8]) -> Bool {
        for length in [5, 2, 3, 6, 7, 4] where bytes.count >= length {
            let start = bytes.count - length
            if let found = Instruction(bytes, at: start), found.effect == .call, found.length == length { return true }
        }
        return false
    }
}
