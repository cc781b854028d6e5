/// Where a function's frame is at one instruction, as read from its code.
struct FrameRow: Equatable {
    enum Base: Equatable {
        case stackPointer
        case framePointer
    }

    /// The canonical frame address, which is behind the return address, is `base` + `offset`.
    var base: Base
    var offset: Int64
    /// Where callers' registers are, as distances below the CFA, by the machine's numbers; 0 when not saved.
    var saved = InlineArray<16, Int64>(repeating: 0)

    /// DWARF numbers of the machine's register numbers.
    static let dwarfNumbers: [Int] = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15]

    init(base: Base, offset: Int64) {
        self.base = base
        self.offset = offset
    }

    static func == (left: FrameRow, right: FrameRow) -> Bool {
        left.base == right.base && left.offset == right.offset
            && (0..<16).allSatisfy { left.saved[$0] == right.saved[$0] }
    }
}
