import PerfModel

/// The stacks of waits by a key that is cheap to compute at every switch.
///
/// The key covers the instruction, the stack pointer, and every word near the top of the stack or in the kernel's
/// chain that is a code address: threads that wait at the same place in the same way have the same key. So a stack is
/// copied and unwound once, and known again afterwards.
struct WaitStacks {
    struct Stack: Hashable {
        /// Index into the nodes of the shard's ``StackTable``; -1 for none.
        var node: Int32
        var end: StackTable.End
        /// Found from a copy of the stack, not from its top only.
        var isWhole: Bool
    }

    private(set) var stacks: [UInt64: Stack] = [:]
    /// Keys that were met and have no whole stack yet, since the last reset.
    private(set) var strangers = 0

    /// Beyond it new keys are not remembered; their waits have no stack.
    static let mostKeys = 1 << 19

    /// Whether a stack of that quality is news; counts the keys that have no whole stack.
    mutating func wants(_ key: UInt64, isWhole: Bool) -> Bool {
        guard let known = stacks[key] else {
            if !isWhole { strangers += 1 }
            return true
        }
        if !known.isWhole, !isWhole { strangers += 1 }
        return isWhole && !known.isWhole
    }

    mutating func resetStrangers() {
        strangers = 0
    }

    mutating func set(_ stack: Stack, for key: UInt64) {
        if let known = stacks[key], known.isWhole { return }
        guard stacks.count < Self.mostKeys || stacks[key] != nil else { return }
        stacks[key] = stack
    }

    /// The key of a sample; never 0.
    static func key(_ sample: PerfSample, callchain: UnsafeBufferPointer<UInt64>, space: AddressSpace) -> UInt64 {
        let registers = unsafe UserRegisters(perf: sample.registers)
        var hash = Hash()
        hash.add(space.id)
        hash.add(registers?.ip ?? sample.address.rawValue)
        hash.add(registers?.sp ?? 0)
        // SAFETY: both buffers are the sample's own, valid as long as it is.
        for index in 0..<callchain.count { hash.add(unsafe callchain[index]) }
        guard let first = space.regions.first?.start, let last = space.regions.last?.end else { return hash.value }
        let words = unsafe min(sample.stack.count / 8, stackWords)
        for index in 0..<words {
            let word = unsafe sample.stack.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            guard word >= first.rawValue, word < last.rawValue,
                space.regionIndex(containing: CodeAddress(rawValue: word)) != nil
            else { continue }
            hash.add(UInt64(index))
            hash.add(word)
        }
        return hash.value
    }

    /// Words of the stack that the key covers.
    static let stackWords = 32
    /// Bytes of stack that an event has to copy for the key.
    static let stackByteCount = stackWords * 8

    private struct Hash {
        private var state: UInt64 = 0x243F_6A88_85A3_08D3

        var value: UInt64 { state == 0 ? 1 : state }

        mutating func add(_ word: UInt64) {
            state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
            state ^= state >> 32
        }
    }
}
