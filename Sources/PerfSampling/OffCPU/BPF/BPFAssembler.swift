/// Assembles programs for the kernel's BPF machine.
///
/// Source: kernel documentation, "BPF Instruction Set Architecture" (RFC 9669).
struct BPFAssembler {
    enum Register: UInt64 {
        /// The result of a call.
        case r0
        /// Arguments; a call destroys them.
        case r1, r2, r3, r4, r5
        /// Kept by calls.
        case r6, r7, r8, r9
        /// The end of the program's 512 bytes of stack; cannot be written.
        case frame
    }

    /// Bytes of a load or store, with the instruction's size bits.
    enum Size: UInt64 {
        case word = 0x00
        case half = 0x08
        case byte = 0x10
        case double = 0x18
    }

    /// 64-bit operations.
    enum Operation: UInt64 {
        case add = 0x00
        case subtract = 0x10
        case multiply = 0x20
        case or = 0x40
        case and = 0x50
        case shiftLeft = 0x60
        case shiftRight = 0x70
        case exclusiveOr = 0xA0
        case move = 0xB0
    }

    /// 64-bit comparisons, without sign.
    enum Condition: UInt64 {
        case always = 0x00
        case equal = 0x10
        case greater = 0x20
        case greaterOrEqual = 0x30
        case notEqual = 0x50
        case less = 0xA0
        case lessOrEqual = 0xB0
    }

    /// Functions of the kernel by their numbers in `enum bpf_func_id`.
    enum Helper: Int32 {
        case mapLookup = 1
        case mapUpdate = 2
        case mapDelete = 3
        case nanoseconds = 5
        case currentThread = 14
        case readUser = 112
        case readKernel = 113
        case ringReserve = 131
        case ringSubmit = 132
        case ringQuery = 134
        case taskStack = 141
        case thisCPU = 154
        case currentTask = 158
        case taskRegisters = 175
    }

    struct Label: Hashable {
        fileprivate var number: Int
    }

    private var code: [UInt64] = []
    private var places: [Int?] = []
    private var jumps: [(at: Int, to: Label)] = []

    private static let immediate: UInt64 = 0
    private static let register: UInt64 = 8

    private mutating func emit(
        _ operation: UInt64, _ destination: UInt64 = 0, _ source: UInt64 = 0, offset: Int = 0, immediate: Int32 = 0
    ) {
        let offset = UInt64(UInt16(bitPattern: Int16(offset)))
        code.append(
            operation | destination << 8 | source << 12 | offset << 16 | UInt64(UInt32(bitPattern: immediate)) << 32)
    }

    mutating func operate(_ operation: Operation, _ destination: Register, _ source: Register) {
        emit(0x07 | Self.register | operation.rawValue, destination.rawValue, source.rawValue)
    }

    /// The immediate is extended to 64 bits with its sign.
    mutating func operate(_ operation: Operation, _ destination: Register, _ immediate: Int32) {
        emit(0x07 | operation.rawValue, destination.rawValue, immediate: immediate)
    }

    mutating func move(_ destination: Register, _ source: Register) {
        operate(.move, destination, source)
    }

    mutating func move(_ destination: Register, _ immediate: Int32) {
        operate(.move, destination, immediate)
    }

    /// `source` tells what the value stands for: 0 for itself, 1 for a map, 3 for a variable of the kernel's BTF.
    private mutating func loadWide(_ destination: Register, _ value: UInt64, source: UInt64) {
        emit(0x18, destination.rawValue, source, immediate: Int32(truncatingIfNeeded: value))
        emit(0, immediate: Int32(truncatingIfNeeded: value >> 32))
    }

    mutating func load(_ destination: Register, constant: UInt64) {
        loadWide(destination, constant, source: 0)
    }

    mutating func load(_ destination: Register, map descriptor: Int32) {
        loadWide(destination, UInt64(UInt32(bitPattern: descriptor)), source: 1)
    }

    mutating func load(_ destination: Register, variable type: UInt32) {
        loadWide(destination, UInt64(type), source: 3)
    }

    mutating func load(_ destination: Register, from base: Register, _ offset: Int, _ size: Size = .double) {
        emit(0x61 | size.rawValue, destination.rawValue, base.rawValue, offset: offset)
    }

    mutating func store(_ source: Register, to base: Register, _ offset: Int, _ size: Size = .double) {
        emit(0x63 | size.rawValue, base.rawValue, source.rawValue, offset: offset)
    }

    mutating func store(immediate: Int32, to base: Register, _ offset: Int, _ size: Size = .double) {
        emit(0x62 | size.rawValue, base.rawValue, offset: offset, immediate: immediate)
    }

    /// Adds atomically to 64 bits of memory.
    mutating func addAtomically(_ source: Register, to base: Register, _ offset: Int) {
        emit(0xDB, base.rawValue, source.rawValue, offset: offset)
    }

    mutating func call(_ helper: Helper) {
        emit(0x85, immediate: helper.rawValue)
    }

    mutating func exit() {
        emit(0x95)
    }

    mutating func makeLabel() -> Label {
        places.append(nil)
        return Label(number: places.count - 1)
    }

    /// The label stands for the next instruction.
    mutating func place(_ label: Label) {
        places[label.number] = code.count
    }

    mutating func jump(to label: Label) {
        jumps.append((code.count, label))
        emit(0x05)
    }

    mutating func jump(if left: Register, _ condition: Condition, _ right: Register, to label: Label) {
        jumps.append((code.count, label))
        emit(0x05 | Self.register | condition.rawValue, left.rawValue, right.rawValue)
    }

    mutating func jump(if left: Register, _ condition: Condition, _ right: Int32, to label: Label) {
        jumps.append((code.count, label))
        emit(0x05 | condition.rawValue, left.rawValue, immediate: right)
    }

    /// The instructions; nil when a label has no place or lies too far.
    func assembled() -> [UInt64]? {
        var result = code
        for jump in jumps {
            guard let place = places[jump.to.number], let distance = Int16(exactly: place - jump.at - 1) else {
                return nil
            }
            result[jump.at] |= UInt64(UInt16(bitPattern: distance)) << 16
        }
        return result
    }
}
