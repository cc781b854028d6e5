import CPerfLeaks

/// What the words of some blocks refer to: one pass over their memory.
struct BlockScan: Sendable {
    /// Blocks that are referred to, for one block after the other.
    private(set) var targets: [UInt32] = []
    /// How many targets each block has.
    private(set) var counts: [UInt32] = []
    /// The first word of each block; 0 where it could not be read, or is too short.
    private(set) var firstWords: [UInt64] = []
    /// Whether something refers to the object in a block without keeping it alive, if it is one.
    private(set) var isUnowned: [Bool] = []
    /// How often the object in each block is retained, if it is one; ``ObjectHeader/noCount`` where nobody knows.
    private(set) var strongCounts: [UInt32] = []
    /// Whether the last word of each block refers to another.
    private(set) var lastRefers: [Bool] = []
    /// Objects whose second word leads to another block: their side table, if its first word leads back.
    private(set) var sideTables: [(object: UInt32, table: UInt32)] = []
    /// First words that may lead to the metadata of a type.
    private(set) var metadata: Set<UInt64> = []
    /// Of memory that could not be read.
    private(set) var missingByteCount: UInt64 = 0
    /// Words that were looked at lately, each where its hash says.
    private var lately = [UInt64](repeating: 0, count: 1 << latelyBits)

    private static let latelyBits: UInt64 = 8
    /// Metadata that is made while the program runs stands in pieces of 16 KiB, or in large blocks of its own.
    private static let smallestMetadataBlock: UInt32 = 4096
    private static let pieceWordCount = 1 << 17
    /// More blocks than these begin in no piece but of blocks of less than a word.
    private static let headCount = pieceWordCount / 2 + 1

    /// Looks at blocks with these numbers.
    init(_ range: Range<Int>, of blocks: HeapBlocks, in memory: some FrozenMemory) {
        counts.reserveCapacity(range.count)
        firstWords.reserveCapacity(range.count)
        isUnowned.reserveCapacity(range.count)
        strongCounts.reserveCapacity(range.count)
        lastRefers.reserveCapacity(range.count)
        targets.reserveCapacity(range.count * 3)
        var scan = pd_heap_scan(block: UInt32(range.lowerBound), upper: UInt32(range.upperBound), done: 0)
        // SAFETY: only words that were read are looked at, and heads and targets that were written.
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.pieceWordCount) { piece in
            unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.pieceWordCount) { room in
                unsafe withUnsafeTemporaryAllocation(of: pd_block_head.self, capacity: Self.headCount) { heads in
                    while scan.block < scan.upper {
                        let (block, done) = (Int(scan.block), scan.done)
                        let words = unsafe blocks.words(from: scan, in: memory, piece)
                        let found = unsafe blocks.scan(&scan, words, heads, room)
                        unsafe targets.append(contentsOf: room[..<found.targets])
                        let isBegun = done > 0 && found.heads > 0
                        if isBegun {
                            unsafe counts[counts.count - 1] += heads[0].count
                            if unsafe heads[0].last_refers != 0 { lastRefers[lastRefers.count - 1] = true }
                        }
                        for number in (isBegun ? 1 : 0)..<found.heads {
                            unsafe begin(block + number, heads[number], blocks)
                        }
                        guard Int(scan.block) == block, scan.done == done else { continue }
                        // The rest of it cannot be read.
                        missingByteCount += blocks.byteCount(of: block) / 8 * 8 - done * 8
                        if done == 0 {
                            begin(block, pd_block_head(), blocks)
                        }
                        scan.block += 1
                        scan.done = 0
                    }
                }
            }
        }
    }

    /// Keeps what the head of a block says.
    private mutating func begin(_ block: Int, _ head: pd_block_head, _ blocks: HeapBlocks) {
        firstWords.append(head.first)
        counts.append(head.count)
        lastRefers.append(head.last_refers != 0)
        let header = ObjectHeader(counts: head.second)
        let isLong = blocks.byteCount(of: block) >= 16
        isUnowned.append(isLong && header.unownedCount ?? 1 != 0)
        strongCounts.append(isLong ? header.knownStrongCount : ObjectHeader.noCount)
        guard isLong else { return }
        // Nodes of a list begin with the address of another.
        let isNode = head.target_size > 0 && head.target_size < Self.smallestMetadataBlock
        if !isNode { note(metadata: head.first) }
        guard let address = header.sideTable, let table = blocks.block(containing: address), table != block,
            blocks.address(of: table) == address
        else { return }
        sideTables.append((UInt32(block), UInt32(table)))
    }

    private mutating func note(metadata word: UInt64) {
        guard word & 7 == 0, word >= 4096, word < 1 << 48 else { return }
        let slot = Int((word >> 3 &* 0x9e37_79b9_7f4a_7c15) >> (64 - Self.latelyBits))
        guard lately[slot] != word else { return }
        lately[slot] = word
        metadata.insert(word)
    }
}
