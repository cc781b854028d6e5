/// Call frame instructions, checked one by one and copied.
///
/// Left out: rules for registers that are no general registers, the argument size, and `DW_CFA_val_offset`, whose
/// operands libunwind 1.6 takes for further instructions. `DW_CFA_undefined` of rbp becomes "unchanged", because
/// libunwind takes an undefined rbp for the end of the stack.
struct CallFrameProgram {
    /// Those of the CIE.
    private(set) var initial: [UInt8] = []
    private(set) var instructions: [UInt8] = []
    /// Whether the CFA is defined at every address.
    private(set) var isSound = true

    private let architecture: UnwindArchitecture
    private var hasFrameAddress = false
    /// What `hasFrameAddress` was when states were remembered.
    private var remembered: [Bool] = []

    /// Compilers nest two deep; each remembered state costs libunwind some hundred bytes.
    private static let deepestRemembering = 64

    init(architecture: UnwindArchitecture) {
        self.architecture = architecture
    }

    /// Ends the CIE's part.
    mutating func endInitial() -> Bool {
        initial = instructions
        instructions = []
        return remembered.isEmpty
    }

    /// Adds the instructions from `start` on; false when they are malformed or hostile.
    mutating func append(_ bytes: [UInt8], from start: Int) -> Bool {
        var cursor = CallFrameCursor(bytes, from: start)
        while !cursor.isAtEnd {
            let first = cursor.position
            var isKept = true
            let code = cursor.byte()
            switch code {
            case 0x40...0x7F, 0x02, 0x03, 0x04:
                if code < 0x40 { cursor.skip(1 << UInt64(code - 2)) }
                guard hasFrameAddress else {
                    isSound = false
                    return false
                }
            case 0x80...0xBF:
                isKept = architecture.isGeneral(UInt64(code & 0x3F))
                _ = cursor.unsignedLEB()
            case 0xC0...0xFF: isKept = architecture.isGeneral(UInt64(code & 0x3F))
            case 0x00: isKept = false
            case 0x05, 0x2F:
                isKept = architecture.isGeneral(cursor.unsignedLEB())
                _ = cursor.unsignedLEB()
            case 0x11:
                isKept = architecture.isGeneral(cursor.unsignedLEB())
                _ = cursor.signedLEB()
            case 0x06, 0x08: isKept = architecture.isGeneral(cursor.unsignedLEB())
            case 0x07:
                let number = cursor.unsignedLEB()
                isKept = false
                if number == UInt64(architecture.framePointer) {
                    instructions += [0x08, UInt8(number)]
                } else if architecture.isGeneral(number) {
                    isKept = true
                }
            case 0x09:
                // The second one is an index into libunwind's registers.
                let isGeneral = (
                    architecture.isGeneral(cursor.unsignedLEB()), architecture.isGeneral(cursor.unsignedLEB())
                )
                guard isGeneral.1 else { return false }
                isKept = isGeneral.0
            case 0x0A:
                guard remembered.count < Self.deepestRemembering else { return false }
                remembered.append(hasFrameAddress)
            case 0x0B:
                guard let last = remembered.popLast() else { return false }
                hasFrameAddress = last
            case 0x0C, 0x12:
                guard architecture.isGeneral(cursor.unsignedLEB()) else { return false }
                if code == 0x0C { _ = cursor.unsignedLEB() } else { _ = cursor.signedLEB() }
                hasFrameAddress = true
            case 0x0D:
                guard architecture.isGeneral(cursor.unsignedLEB()) else { return false }
                hasFrameAddress = true
            case 0x0E: _ = cursor.unsignedLEB()
            case 0x13: _ = cursor.signedLEB()
            case 0x0F:
                guard Self.skipExpression(&cursor) else { return false }
                hasFrameAddress = true
            case 0x10, 0x16:
                isKept = architecture.isGeneral(cursor.unsignedLEB())
                guard Self.skipExpression(&cursor) else { return false }
            case 0x14, 0x15:
                _ = cursor.unsignedLEB()
                if code == 0x14 { _ = cursor.unsignedLEB() } else { _ = cursor.signedLEB() }
                isKept = false
            case 0x2E:
                _ = cursor.unsignedLEB()
                isKept = false
            case 0x2D:
                guard architecture.hasSignedReturnAddresses else { return false }
            default: return false
            }
            guard !cursor.isBroken else { return false }
            if isKept { instructions += bytes[first..<cursor.position] }
        }
        return true
    }

    /// Checks a block of DWARF expression: straight-line arithmetic, no jumps, no divisions.
    private static func skipExpression(_ cursor: inout CallFrameCursor) -> Bool {
        let count = cursor.unsignedLEB()
        guard count <= 256, count <= UInt64(cursor.end - cursor.position) else { return false }
        var body = CallFrameCursor(cursor.bytes, from: cursor.position, to: cursor.position + Int(count))
        while !body.isAtEnd {
            let code = body.byte()
            switch code {
            case 0x06, 0x12, 0x13, 0x14, 0x16, 0x19, 0x1A, 0x1C, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x24...0x27,
                0x29...0x2E, 0x30...0x4F, 0x96:
                break
            case 0x03, 0x0E, 0x0F: body.skip(8)
            case 0x08, 0x09: body.skip(1)
            case 0x0A, 0x0B: body.skip(2)
            case 0x0C, 0x0D: body.skip(4)
            case 0x10, 0x23: _ = body.unsignedLEB()
            case 0x11: _ = body.signedLEB()
            case 0x70...0x80: _ = body.signedLEB()
            default: return false
            }
            guard !body.isBroken else { return false }
        }
        cursor.skip(count)
        return true
    }
}
