/// The chunks that one thread keeps for itself (tcache): freed, though they look as if they were in use.
struct ThreadCache {
    struct Layout {
        /// Of the chunk that holds the cache.
        var chunkSize: UInt64
        /// Of a count, in bytes.
        var countSize: UInt64
    }

    /// glibc 2.30 and later; 2.26 to 2.29.
    static let layouts = [Layout(chunkSize: 0x290, countSize: 2), Layout(chunkSize: 0x250, countSize: 1)]
    private static let binCount: UInt64 = 64

    /// Addresses of chunks.
    private(set) var chunks: [UInt64] = []
    /// Address of the chunk from which a list leads nowhere, or where it is not as long as it says.
    private(set) var damage: UInt64?

    /// - Returns: nil for what is no such cache.
    init?(at address: UInt64, _ layout: Layout, _ memory: any FrozenMemory) {
        let countBytes = Self.binCount * layout.countSize
        let words = memory.words(at: address, count: Int((countBytes + Self.binCount * 8) / 8))
        guard words.count == Int((countBytes + Self.binCount * 8) / 8) else { return nil }
        var lists: [(size: UInt64, head: UInt64, count: Int)] = []
        // A thread may have been stopped between the list and the count.
        var mismatches = 0
        for bin in 0..<Self.binCount {
            let place = bin * layout.countSize
            let count = Int(words[Int(place / 8)] >> (place % 8 * 8) & (layout.countSize == 2 ? 0xffff : 0xff))
            let head = words[Int(countBytes / 8 + bin)]
            guard head & 15 == 0, head < 1 << 48 else { return nil }
            if (head == 0) != (count == 0) { mismatches += 1 }
            if head != 0 { lists.append(((bin + 2) * 16, head, count)) }
        }
        guard mismatches <= 1 else { return nil }
        let ways = [true, false].map { isMangled in
            lists.map { Self.list($0.head, $0.size, $0.count + 1, isMangled: isMangled, memory) }
        }
        // Both are alike where no list has a second chunk.
        let score = { (way: [(chunks: [UInt64], isWhole: Bool)]) in way.count { $0.isWhole } }
        let way = score(ways[0]) >= score(ways[1]) ? ways[0] : ways[1]
        // Where lists lead nowhere, this is a cache all the same if all begin with chunks of their sizes.
        guard way.allSatisfy({ !$0.chunks.isEmpty }) else { return nil }
        for (list, found) in zip(lists, way) {
            chunks += found.chunks
            if !found.isWhole || abs(found.chunks.count - list.count) > 1 {
                damage = damage ?? found.chunks.last
            } else {
                mismatches += found.chunks.count == list.count || list.count == 0 ? 0 : 1
            }
        }
        if mismatches > 1 { damage = damage ?? address &- 16 }
    }

    /// The chunks of one list.
    ///
    /// - Parameters:
    ///   - head: address of the first chunk's memory.
    ///   - size: of each chunk.
    ///   - longest: how many it may have.
    ///   - isMangled: whether links are mixed with their own addresses (glibc 2.32 and later).
    ///   - memory: the program's.
    /// - Returns: as far as it leads to such chunks, and whether that is to its end.
    private static func list(
        _ head: UInt64, _ size: UInt64, _ longest: Int, isMangled: Bool, _ memory: any FrozenMemory
    ) -> (chunks: [UInt64], isWhole: Bool) {
        var result: [UInt64] = []
        var entry = head
        while entry != 0 {
            guard entry & 15 == 0, result.count < longest, let found = memory.word(at: entry &- 8),
                found & ~7 == size, let link = memory.word(at: entry)
            else { return (result, false) }
            result.append(entry &- 16)
            entry = isMangled ? link ^ (entry >> 12) : link
        }
        return (result, true)
    }
}
