import CPerfLeaks

/// Live blocks of a heap, by address, and which of them an address lies in.
@safe package final class HeapBlocks: @unchecked Sendable {
    // SAFETY of the class: what the pointers lead to is written in init alone, and freed in deinit.
    private let entries: UnsafeMutableBufferPointer<pd_block>
    private let sites: [UInt32]
    private let index: OpaquePointer
    /// Of all blocks.
    package let byteCount: UInt64

    /// A block as it was found.
    package struct Block: Hashable, Sendable {
        package var address: UInt64
        /// In bytes: as it was asked for, or what the allocator gives in its place.
        package var byteCount: UInt64
        /// Number of the stack that allocated it; 0 where nobody knows.
        package var site: UInt32

        package init(address: UInt64, byteCount: UInt64, site: UInt32 = 0) {
            self.address = address
            self.byteCount = byteCount
            self.site = site
        }
    }

    /// Nil where blocks stand at no multiple of 16, or are more than 2^32 - 2; or memory is lacking.
    ///
    /// - Parameter blocks: in any order; of those that overlap, which is possible where they were looked at while the
    ///   program ran, the first is taken.
    package init?(_ blocks: [Block]) {
        let sorted = Self.areApart(blocks) ? blocks : Self.apart(blocks)
        // SAFETY: there is room for all, and each is written once.
        unsafe entries = .allocate(capacity: sorted.count)
        var sum: UInt64 = 0
        for (number, block) in sorted.enumerated() {
            sum &+= block.byteCount
            unsafe entries.initializeElement(at: number, to: pd_block(address: block.address, size: block.byteCount))
        }
        sites = sorted.map { $0.site }
        byteCount = sum
        // SAFETY: the array lives as long as the index, which deinit frees first.
        guard let index = unsafe pd_block_index_make(entries.baseAddress, sorted.count) else {
            unsafe entries.deallocate()
            return nil
        }
        unsafe self.index = index
    }

    deinit {
        // SAFETY: nobody has it any more.
        unsafe pd_block_index_free(index)
        unsafe entries.deallocate()
    }

    package var count: Int { sites.count }

    package subscript(_ block: Int) -> Block {
        precondition(block < count)
        // SAFETY: the number is one of them.
        return unsafe Block(address: entries[block].address, byteCount: entries[block].size, site: sites[block])
    }

    func address(of block: Int) -> UInt64 {
        precondition(block < count)
        // SAFETY: the number is one of them.
        return unsafe entries[block].address
    }

    func byteCount(of block: Int) -> UInt64 {
        precondition(block < count)
        // SAFETY: the number is one of them.
        return unsafe entries[block].size
    }

    /// The block in which an address lies.
    package func block(containing address: UInt64) -> Int? {
        // SAFETY: the index lives as long as this.
        let found = unsafe pd_block_index_find(index, address)
        return found == Self.none ? nil : Int(found)
    }

    /// The block that a word refers to, whatever Swift keeps in bits that addresses do not use.
    package func block(referredToBy word: UInt64) -> Int? {
        // SAFETY: the index lives as long as this.
        let found = unsafe pd_block_index_decode(index, word)
        return found == Self.none ? nil : Int(found)
    }

    /// Appends the blocks that words refer to.
    ///
    /// - Parameters:
    ///   - words: at an address that is a multiple of 8.
    ///   - targets: gets one for each word that refers to a block.
    func appendReferences(of words: UnsafeBufferPointer<UInt64>, to targets: inout [UInt32]) {
        guard let start = words.baseAddress else { return }
        // SAFETY: there is room for a target for each word.
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: words.count) { room in
            let found = unsafe pd_block_index_edges(index, start, words.count, room.baseAddress, nil)
            unsafe targets.append(contentsOf: room[..<found])
        }
    }

    /// Reads the words that a scan comes to next.
    ///
    /// - Returns: what could be read; the beginning of the room.
    func words(
        from scan: pd_heap_scan, in memory: some FrozenMemory, _ room: UnsafeMutableBufferPointer<UInt64>
    ) -> UnsafeBufferPointer<UInt64> {
        precondition(scan.block < scan.upper && Int(scan.upper) <= count)
        let at = address(of: Int(scan.block)) &+ scan.done * 8
        // SAFETY: the scan is not at its end.
        let end = unsafe withUnsafePointer(to: scan) { scan in
            unsafe pd_heap_scan_end(index, scan, UInt64(room.count) * 8)
        }
        let bytes = unsafe UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(room)[..<Int((end - at) / 8 * 8)])
        let got = unsafe bytes.isEmpty ? 0 : memory.read(at, into: bytes) / 8
        return unsafe UnsafeBufferPointer(rebasing: room[..<got])
    }

    /// Goes on with a scan.
    ///
    /// - Parameters:
    ///   - scan: is moved as far as the words go.
    ///   - words: from where the scan is on.
    ///   - heads: gets one for each block that was looked at.
    ///   - targets: has room for as many as there are words; gets the blocks that they refer to.
    /// - Returns: how many heads and targets it wrote.
    func scan(
        _ scan: inout pd_heap_scan, _ words: UnsafeBufferPointer<UInt64>,
        _ heads: UnsafeMutableBufferPointer<pd_block_head>, _ targets: UnsafeMutableBufferPointer<UInt32>
    ) -> (heads: Int, targets: Int) {
        precondition(Int(scan.upper) <= count && words.count <= targets.count)
        var headCount = 0
        // SAFETY: there is room for a target for each word, and no more heads are written than there is room for.
        let found = unsafe pd_heap_scan(
            index, &scan, words.baseAddress, words.count, heads.baseAddress, heads.count, &headCount,
            targets.baseAddress)
        return (headCount, found)
    }

    /// Whether blocks rise and do not overlap.
    private static func areApart(_ blocks: [Block]) -> Bool {
        var end: UInt64 = 0
        for block in blocks {
            let (next, overflow) = block.address.addingReportingOverflow(max(block.byteCount, 1))
            guard block.address >= end, !overflow else { return false }
            end = next
        }
        return true
    }

    private static func apart(_ blocks: [Block]) -> [Block] {
        var end: UInt64 = 0
        return blocks.sorted { $0.address < $1.address }.filter { block in
            let (next, overflow) = block.address.addingReportingOverflow(max(block.byteCount, 1))
            guard block.address >= end, !overflow else { return false }
            end = next
            return true
        }
    }

    static let none = UInt32(PD_NO_BLOCK)
}
