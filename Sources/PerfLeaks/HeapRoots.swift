/// Where a program keeps references outside of its heap.
package struct HeapRoots: Sendable {
    /// Words by themselves: registers.
    package var words: [UInt64]
    /// Stacks, with thread-local storage: some of their words are left over from calls that have returned.
    package var stacks: [Range<UInt64>]
    /// Ranges of addresses that are neither of stacks nor of the heap: globals.
    package var ranges: [Range<UInt64>]
    /// The same of private memory: pages that nobody wrote to are what a file holds, or empty, and hold no references.
    package var copied: [Range<UInt64>]
    /// The same of memory without a file that belongs to none: some of its words are left over.
    package var anonymous: [Range<UInt64>]

    package init(
        words: [UInt64] = [], stacks: [Range<UInt64>] = [], ranges: [Range<UInt64>] = [],
        copied: [Range<UInt64>] = [], anonymous: [Range<UInt64>] = []
    ) {
        self.words = words
        self.stacks = stacks
        self.ranges = ranges
        self.copied = copied
        self.anonymous = anonymous
    }

    private static let pieceWordCount = 1 << 16

    /// Blocks that roots refer to, each as often as it is.
    struct References {
        /// By words that are what they seem.
        var sure: [UInt32] = []
        /// By registers, stacks and anonymous memory, some of whose words are left over.
        var doubtful: [UInt32] = []
        /// Of memory that could not be read, in bytes.
        var missingByteCount: UInt64 = 0
    }

    func references(to blocks: HeapBlocks, in memory: some FrozenMemory) -> References {
        var result = References()
        unsafe words.withUnsafeBufferPointer { unsafe blocks.appendReferences(of: $0, to: &result.doubtful) }
        let doubtful = stacks + anonymous.flatMap { memory.written($0) }
        result.missingByteCount += Self.append(doubtful, blocks, memory, to: &result.doubtful)
        let others = ranges + copied.flatMap { memory.written($0) }
        result.missingByteCount += Self.append(others, blocks, memory, to: &result.sure)
        return result
    }

    /// - Returns: bytes that could not be read.
    private static func append(
        _ ranges: [Range<UInt64>], _ blocks: HeapBlocks, _ memory: some FrozenMemory, to targets: inout [UInt32]
    ) -> UInt64 {
        var missing: UInt64 = 0
        // SAFETY: only words that were read are looked at.
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: pieceWordCount) { piece in
            for range in ranges {
                var at = (range.lowerBound + 7) & ~7
                while at &+ 8 <= range.upperBound {
                    let count = Int(min(UInt64(pieceWordCount), (range.upperBound &- at) / 8))
                    let room = unsafe UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(piece)[..<(count * 8)])
                    let got = unsafe memory.read(at, into: room) / 8
                    guard got > 0 else {
                        // The rest of a range may be there: pages behind a guard.
                        let next = min((at | 4095) &+ 1, range.upperBound)
                        missing += next &- at
                        at = next
                        continue
                    }
                    unsafe blocks.appendReferences(of: UnsafeBufferPointer(rebasing: piece[..<got]), to: &targets)
                    at = at &+ UInt64(got) * 8
                }
            }
        }
        return missing
    }
}
