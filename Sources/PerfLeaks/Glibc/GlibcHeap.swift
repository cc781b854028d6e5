import CPerfLeaks
import PerfLinux
import PerfModel

/// Every block that lives in the heap of a program that nobody prepared: a walk over the arenas of glibc's malloc.
///
/// Layouts: malloc.c and arena.c of glibc 2.28 to 2.41, 64-bit. The main arena is found by its shape, and nothing is
/// believed before it fits: chunks have to follow each other to the end of each arena, free lists have to lead to free
/// chunks.
package struct GlibcHeap: Sendable {
    package private(set) var blocks: [HeapBlocks.Block] = []
    /// What belongs to the allocator, rising: words in it are no references unless they lie in a block.
    package private(set) var ranges: [Range<UInt64>] = []
    package private(set) var arenaCount = 0
    /// Where the heap did not fit, as a sentence each; blocks behind such a place are missing.
    package private(set) var doubts: [String] = []
    /// Whether all blocks are known; where not, they may leak unseen.
    package private(set) var isWhole = true

    private let memory: any FrozenMemory

    /// - Parameters:
    ///   - memory: of a process that stands still.
    ///   - maps: all of its mappings.
    /// - Throws: when it has no glibc, or one whose heap is laid out in another way.
    package init(memory: any FrozenMemory, maps: [ProcessMap]) throws(GlibcHeapError) {
        self.memory = memory
        let arenas = try MallocArenas(memory: memory, maps: maps)
        arenaCount = arenas.states.count
        for doubt in arenas.doubts { note(doubt, isWhole: false) }
        var free: [UInt64] = []
        for state in arenas.states { free += fastChunks(of: state) }
        let segments = arenas.states.map { state in arenas.segments(of: state, maps: maps).map { ($0, state.top) } }
        // Of what is never used nothing is ever touched.
        let byteCount = segments.joined().reduce(0) { $0 + ($1.0.range.upperBound - $1.0.range.lowerBound) }
        blocks.reserveCapacity(Int(byteCount / Self.usualChunkSize))
        for (segment, top) in segments.joined() {
            ranges.append(segment.range.lowerBound..<walk(segment, top: top))
        }
        free += threadCaches()
        blocks.sortIfNeeded()
        remove(free)
        // Its lists of free chunks are no references.
        ranges.append(arenas.mainState)
        ranges.sort { $0.lowerBound < $1.lowerBound }
        addMapped(maps)
        ranges.sort { $0.lowerBound < $1.lowerBound }
    }

    private static let pieceWordCount = 1 << 16
    private static let mostBlocksAtOnce = 1 << 14
    private static let headSize: UInt64 = 16
    private static let usualChunkSize: UInt64 = 48

    /// Finds the blocks of one piece of memory, to its end or to the top.
    ///
    /// - Returns: the end of what is known of it.
    private mutating func walk(_ segment: MallocArenas.Segment, top: UInt64) -> UInt64 {
        let hasTop = segment.range.contains(top)
        let limit = segment.range.upperBound
        let end = hasTop ? top : limit
        guard segment.first <= end, segment.first & 15 == 0, end & 15 == 0 else {
            note("the heap at \(hexadecimal(segment.range.lowerBound)) has no beginning", isWhole: false)
            return segment.range.lowerBound
        }
        var walk = pd_chunk_walk(
            at: segment.first, end: end, pending: 0, size: 0, has_top: hasTop ? 1 : 0, state: Self.goesOn)
        // SAFETY: only words that were read are looked at, and blocks that were written.
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.pieceWordCount) { piece in
            unsafe withUnsafeTemporaryAllocation(of: pd_block.self, capacity: Self.mostBlocksAtOnce) { found in
                var (start, count) = (walk.at, 0)
                while walk.state == Self.goesOn {
                    let known = start &+ UInt64(count) * 8
                    if walk.at < start || walk.at &+ Self.headSize > known, walk.at < limit {
                        start = walk.at
                        let wanted = Int(min(UInt64(Self.pieceWordCount), (limit - start) / 8))
                        let room = unsafe UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(piece)[..<(wanted * 8)])
                        count = unsafe memory.read(start, into: room) / 8
                        guard count >= 2 else { break }
                    }
                    let length = unsafe pd_chunk_walk(
                        &walk, piece.baseAddress, count, start, found.baseAddress, found.count)
                    unsafe blocks.append(
                        contentsOf: found[..<length].lazy.map {
                            HeapBlocks.Block(address: $0.address, byteCount: $0.size)
                        })
                }
            }
        }
        switch walk.state {
        case Self.goesOn:
            note("the heap at \(hexadecimal(walk.at)) cannot be read", isWhole: false)
            return walk.at
        case Self.ended:
            return limit
        default:
            note("the heap is damaged at \(hexadecimal(walk.at)): a chunk of \(walk.size) bytes", isWhole: false)
            return walk.at
        }
    }

    private static let goesOn = Int32(PD_WALK_GOES_ON)
    private static let ended = Int32(PD_WALK_ENDED)

    /// Takes out blocks whose chunks are free, though they look as if they were in use.
    private mutating func remove(_ chunks: [UInt64]) {
        let free = chunks.sorted()
        guard !free.isEmpty else { return }
        var next = 0
        blocks.removeAll { block in
            let chunk = block.address - Self.headSize
            while next < free.count, free[next] < chunk { next += 1 }
            return next < free.count && free[next] == chunk
        }
    }

    private mutating func note(_ doubt: String, isWhole: Bool = true) {
        if !isWhole { self.isWhole = false }
        if doubts.count < 8 { doubts.append(doubt) }
    }

    private func hexadecimal(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }

    /// Chunks of an arena that were freed, and look as if they were in use.
    private mutating func fastChunks(of state: MallocArenas.State) -> Set<UInt64> {
        var result: Set<UInt64> = []
        for head in state.fastChunks {
            var at = head
            var steps = 0
            while at != 0 {
                guard at & 15 == 0, steps < Self.longestList, result.insert(at).inserted,
                    let link = memory.word(at: at + 16)
                else {
                    note("a list of free chunks leads nowhere at \(hexadecimal(at)): free blocks may seem to leak")
                    break
                }
                at = state.isMangled ? link ^ ((at + 16) >> 12) : link
                steps += 1
            }
        }
        return result
    }

    private static let longestList = 10_000_000

    /// Chunks that threads keep for themselves, which look as if they were in use: found by the shape of their caches.
    private mutating func threadCaches() -> [UInt64] {
        var result: [UInt64] = []
        for block in blocks {
            // A chunk is larger where what it leaves of another would be too small for one.
            let size = block.byteCount + 8
            guard let layout = ThreadCache.layouts.first(where: { size == $0.chunkSize || size == $0.chunkSize + 16 }),
                let cache = ThreadCache(at: block.address, layout, memory)
            else { continue }
            result += cache.chunks
            if let damage = cache.damage {
                note("the cache of a thread is damaged at \(hexadecimal(damage)): free blocks may seem to leak")
            }
        }
        return result
    }

    /// Blocks with a mapping of their own, which no arena lists.
    private mutating func addMapped(_ maps: [ProcessMap]) {
        var mapped: [Range<UInt64>] = []
        for map in maps where map.path.isEmpty && map.isReadable && map.isWritable {
            // Several may have become one mapping, with something else between them.
            for part in HeapRoots.parts(of: map.start.rawValue..<map.end.rawValue, without: ranges) {
                for written in memory.written(part) {
                    var at = max((written.lowerBound + 4095) & ~4095, mapped.last?.upperBound ?? 0)
                    while at < written.upperBound {
                        let words = memory.words(at: at, count: 2)
                        guard words.count == 2, words[0] == 0, words[1] & 0xfff == 2, words[1] >= 4096,
                            words[1] - 2 <= part.upperBound - at
                        else {
                            at += 4096
                            continue
                        }
                        let size = words[1] - 2
                        blocks.append(HeapBlocks.Block(address: at + 16, byteCount: size - 16))
                        mapped.append(at..<at + size)
                        at += size
                    }
                }
            }
        }
        ranges += mapped
    }
}

extension [HeapBlocks.Block] {
    /// Arenas may stand in any order; most programs have all blocks in one.
    fileprivate mutating func sortIfNeeded() {
        guard zip(self, dropFirst()).contains(where: { $0.address > $1.address }) else { return }
        sort { $0.address < $1.address }
    }
}
