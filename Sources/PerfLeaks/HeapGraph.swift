import CPerfLeaks

/// Which block of a heap refers to which.
package struct HeapGraph: Sendable {
    package let blocks: HeapBlocks
    /// The first word of each block; 0 where it has none.
    package private(set) var firstWords: [UInt64] = []
    /// Whether something may refer to the object in a block without keeping it alive, if it is one.
    private(set) var isUnowned: [Bool] = []
    /// How often the object in each block is retained, if it is one; ``ObjectHeader/noCount`` where nobody knows.
    private(set) var strongCounts: [UInt32] = []
    /// Whether the last word of each block refers to another.
    private(set) var lastRefers: [Bool] = []
    /// Targets of block n stand at starts[n]..<starts[n + 1].
    private var starts: [UInt32] = [0]
    private var targets: [UInt32] = []
    /// Side tables by the objects that they belong to.
    package private(set) var sideTables: [UInt32: UInt32] = [:]
    /// First words of blocks that may lead to the metadata of a type.
    private(set) var metadata: Set<UInt64> = []
    /// Of memory that could not be read.
    package private(set) var missingByteCount: UInt64 = 0

    /// Reads the memory of all blocks once; nil for more than 2^32 references.
    ///
    /// - Parameters:
    ///   - blocks: all that live.
    ///   - memory: the program's.
    ///   - workers: threads that read side by side.
    package init?(_ blocks: HeapBlocks, in memory: some FrozenMemory, workers: Int = 2) {
        self.blocks = blocks
        let scans = Parallel.map(Self.shares(of: blocks, workers)) { BlockScan($0, of: blocks, in: memory) }
        let total = scans.reduce(0) { $0 + $1.targets.count + $1.sideTables.count }
        guard total < Int(UInt32.max) else { return nil }
        starts.reserveCapacity(blocks.count + 1)
        targets.reserveCapacity(total)
        firstWords.reserveCapacity(blocks.count)
        var isSideTable: Set<UInt32> = []
        for scan in scans {
            missingByteCount += scan.missingByteCount
            firstWords += scan.firstWords
            isUnowned += scan.isUnowned
            strongCounts += scan.strongCounts
            lastRefers += scan.lastRefers
            metadata.formUnion(scan.metadata)
        }
        for (object, table) in scans.flatMap(\.sideTables)
        where firstWords[Int(table)] == blocks.address(of: Int(object)) {
            sideTables[object] = table
            isSideTable.insert(table)
            let counts = memory.word(at: blocks.address(of: Int(table)) &+ 16).map { ObjectHeader(counts: $0) }
            isUnowned[Int(object)] = counts?.unownedCount != 0
            strongCounts[Int(object)] = counts?.knownStrongCount ?? ObjectHeader.noCount
        }
        // A side table leads back to its object, and does not keep it alive.
        let special = isSideTable.union(sideTables.keys).sorted()
        var (block, next) = (UInt32(0), 0)
        for scan in scans {
            // Targets up to `taken` are done with.
            var (position, taken) = (0, 0)
            for count in scan.counts {
                let end = position + Int(count)
                if next < special.count, special[next] == block {
                    next += 1
                    targets += scan.targets[taken..<position]
                    if !isSideTable.contains(block) { targets += scan.targets[position..<end] }
                    if let table = sideTables[block] { targets.append(table) }
                    taken = end
                }
                position = end
                starts.append(UInt32(targets.count + position - taken))
                block += 1
            }
            targets += scan.targets[taken...]
        }
    }

    package var count: Int { blocks.count }

    /// The blocks that a block refers to, as often as it does.
    package func references(of block: Int) -> ArraySlice<UInt32> {
        targets[Int(starts[block])..<Int(starts[block + 1])]
    }

    /// Follows references from blocks whose flags are set, and sets those of all that are reached.
    func reach(_ blocks: [UInt32], _ flags: inout [UInt8]) {
        precondition(flags.count == count && blocks.count <= count)
        var open = blocks + Array(repeating: 0, count: count - blocks.count)
        // SAFETY: flags and room are for all blocks; starts has one more, and targets are blocks or none.
        unsafe pd_heap_reach(starts, targets, &flags, &open, blocks.count)
    }

    /// Goes on from what is kept alive to what that keeps alive, until nothing is added.
    ///
    /// - Parameters:
    ///   - blocks: kept ones to go on from.
    ///   - marks: what is known of each block, as `heap_graph.h` has it.
    ///   - owners: how many retains of each object are those of objects that are not kept; nil to take each word of
    ///     such an object for one.
    ///   - kept: 1 for each block that is kept.
    /// - Returns: how many blocks were added.
    func keep(_ blocks: [UInt32], marks: [UInt8], owners: [UInt32]?, _ kept: inout [UInt8]) -> Int {
        precondition(marks.count == count && owners?.count ?? count == count && kept.count == count)
        var open = blocks + Array(repeating: 0, count: count - blocks.count)
        var known = owners ?? Array(repeating: 0, count: count)
        // SAFETY: all arrays are for all blocks; starts has one more, and targets are blocks or none.
        return unsafe marks.withUnsafeBufferPointer { marks in
            unsafe strongCounts.withUnsafeBufferPointer { strong in
                unsafe known.withUnsafeMutableBufferPointer { known in
                    unsafe kept.withUnsafeMutableBufferPointer { kept in
                        var own = unsafe pd_heap_owners(
                            marks: marks.baseAddress, strong: strong.baseAddress, owners: known.baseAddress,
                            are_words: owners == nil ? 1 : 0, kept: kept.baseAddress)
                        if owners == nil { unsafe pd_heap_count_owners(starts, targets, count, &own) }
                        return unsafe pd_heap_keep(starts, targets, count, &own, &open, blocks.count)
                    }
                }
            }
        }
    }

    /// Takes out references that do not keep alive.
    ///
    /// - Parameters:
    ///   - others: blocks that it refers to by words that do not keep alive, as often as it does.
    ///   - block: whose references they are.
    mutating func remove(_ others: [UInt32], from block: Int) {
        for other in others {
            guard let place = references(of: block).firstIndex(of: other) else { continue }
            targets[place] = HeapBlocks.none
        }
    }

    /// Takes out what the last word of a block refers to.
    mutating func removeLast(from block: Int) {
        guard lastRefers[block] else { return }
        // The side table of an object comes behind what its words refer to.
        let end = Int(starts[block + 1]) - (sideTables[UInt32(block)] == nil ? 0 : 1)
        if end > starts[block] { targets[end - 1] = HeapBlocks.none }
    }

    /// Shares of about as many bytes.
    private static func shares(of blocks: HeapBlocks, _ workers: Int) -> [Range<Int>] {
        let workers = max(1, blocks.count < 4096 ? 1 : workers)
        let bytes = blocks.byteCount &+ UInt64(blocks.count) * 64
        let share = bytes / UInt64(workers) + 1
        var result: [Range<Int>] = []
        var (first, sum) = (0, UInt64(0))
        for block in 0..<blocks.count {
            sum &+= blocks.byteCount(of: block) &+ 64
            if sum >= share {
                result.append(first..<block + 1)
                (first, sum) = (block + 1, 0)
            }
        }
        if first < blocks.count { result.append(first..<blocks.count) }
        return result
    }
}
