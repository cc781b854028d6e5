/// A row of the cache: how to leave the frame at one address of one image, in 32 bytes.
struct UnwindRow {
    enum Kind: UInt8 {
        /// The slot is free.
        case none
        /// By unwind information.
        case frame
        /// By unwind information nobody called this frame.
        case root
        /// The unwind information says what a row cannot.
        case slow
        /// As read from the code; to be checked.
        case guess
        /// As `guess`, and there is another row to try after this one.
        case firstGuess
        /// There is neither unwind information nor code that can be followed.
        case nothing
        /// Not a frame: the answer to a question.
        case yes
        case no
    }

    /// What is asked about an address.
    enum Question: UInt64 {
        /// The frame of a function that called.
        case caller = 0
        /// The frame of a leaf or of a function that a signal interrupted.
        case exact = 1
        case secondGuessForCaller = 2
        case secondGuessForExact = 3
        case isReturnAddress = 4
        case isRoot = 5
    }

    /// Registers that rows restore, by DWARF number: rbx, rbp, r12 to r15.
    static let registers: InlineArray<6, Int> = [3, 6, 12, 13, 14, 15]

    /// Image address and question; see ``key(_:_:)``.
    var key: UInt64 = 0
    /// Which image it is in; no image has number 0.
    var image: UInt32 = 0
    /// The canonical frame address is register `base` plus this.
    var frameOffset: Int32 = 0
    var kind = Kind.none
    /// A DWARF number.
    var base: UInt8 = 0
    /// One bit for each of ``registers`` that is saved on the stack.
    var saved: UInt8 = 0
    /// Where they are saved, in words from the canonical frame address.
    var offsets = InlineArray<6, Int16>(repeating: 0)

    init() {}

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// The key of a question about an image address; nil for addresses that no program has.
    static func key(_ address: UInt64, _ question: Question) -> UInt64? {
        address < 1 << 60 ? address | question.rawValue << 60 : nil
    }
}

extension UnwindRow {
    /// What unwind information says of an address; `slow` where that does not fit.
    init(_ function: CallFrameFunction, at address: UInt64) {
        self.init(.slow)
        guard !function.common.isSignalFrame else { return }
        let row = CallFrameRow(of: function, at: address)
        guard !row.isDoubtful, let frame = row.frameAddress else { return }
        let base: Int
        let offset: Int64
        switch frame {
        case .register(let register, let distance): (base, offset) = (register, distance)
        case .expression(let body):
            guard let distance = Self.linkageTableOffset(body, at: address) else { return }
            (base, offset) = (UnwindArchitecture.x86_64.stackPointer, distance)
        }
        guard let frameOffset = Int32(exactly: offset), base < UnwindArchitecture.x86_64.returnAddress else { return }
        self.base = UInt8(base)
        self.frameOffset = frameOffset
        for (number, rule) in row.rules.enumerated() {
            switch rule {
            case .same where number != UnwindArchitecture.x86_64.returnAddress: continue
            case .stored(-8) where number == UnwindArchitecture.x86_64.returnAddress: kind = .frame
            case .undefined where number == UnwindArchitecture.x86_64.returnAddress: kind = .root
            case .stored(let distance):
                guard save(number, at: distance) else {
                    kind = .slow
                    return
                }
            default:
                kind = .slow
                return
            }
        }
    }

    /// What code says of an address; nil where that does not fit.
    init?(_ row: FrameRow, isFirst: Bool) {
        self.init(isFirst ? .firstGuess : .guess)
        base = UInt8(
            row.base == .stackPointer
                ? UnwindArchitecture.x86_64.stackPointer : UnwindArchitecture.x86_64.framePointer)
        guard let offset = Int32(exactly: row.offset) else { return nil }
        frameOffset = offset
        for machineNumber in 0..<16 where row.saved[machineNumber] != 0 {
            let number = FrameRow.dwarfNumbers[machineNumber]
            // Others need not survive a call: nothing up the stack rests on them.
            guard UnwindArchitecture.x86_64.preserved.contains(number) else { continue }
            guard save(number, at: 0 &- row.saved[machineNumber]) else { return nil }
        }
    }

    private mutating func save(_ number: Int, at distance: Int64) -> Bool {
        guard distance % 8 == 0, let words = Int16(exactly: distance / 8) else { return false }
        for slot in 0..<6 where Self.registers[slot] == number {
            saved |= 1 << UInt8(slot)
            offsets[slot] = words
            return true
        }
        return false
    }

    /// Where the frame of a stub of the procedure linkage table is, for the one expression that linkers write:
    /// rsp + a, and 8 more from the n-th byte of each 16 on, where the stub has pushed its number.
    static func linkageTableOffset(_ body: [UInt8], at address: UInt64) -> Int64? {
        // breg7 a; breg16 0; lit15; and; lit n; ge; lit3; shl; plus
        guard body.count == 11, body[0] == 0x77, body[1] < 0x40, (0x30...0x4F).contains(body[6]) else { return nil }
        guard body[2...5].elementsEqual([0x80, 0x00, 0x3F, 0x1A]), body[7...].elementsEqual([0x2A, 0x33, 0x24, 0x22])
        else { return nil }
        return Int64(body[1]) + (address & 15 >= UInt64(body[6] - 0x30) ? 8 : 0)
    }
}
