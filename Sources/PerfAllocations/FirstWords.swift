import PerfLinux
import PerfModel

/// The first words of many blocks of a process, read in large pieces where blocks lie close together.
struct FirstWords {
    let pid: Int32

    /// Blocks closer than this are read at once.
    private static let gap: UInt64 = 2048
    private static let longestPiece: UInt64 = 1 << 20

    /// One for each block, in their order; nil where memory could not be read.
    func words(of blocks: [HeapMemory.Block]) -> [UInt64?] {
        var words = [UInt64?](repeating: nil, count: blocks.count)
        let memory = RemoteMemory(pid: pid)
        let order = blocks.indices.sorted { blocks[$0].address < blocks[$1].address }
        var first = 0
        while first < order.count {
            let start = blocks[order[first]].address
            var last = first
            while last + 1 < order.count {
                let next = blocks[order[last + 1]].address
                guard next &- blocks[order[last]].address <= Self.gap, next &- start <= Self.longestPiece else { break }
                last += 1
            }
            let count = Int(blocks[order[last]].address &- start) + 8
            let bytes = memory.memory(at: CodeAddress(rawValue: start), count: count)
            for position in first...last {
                let offset = Int(blocks[order[position]].address &- start)
                guard offset + 8 <= bytes.count else { continue }
                words[order[position]] = bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            first = last + 1
        }
        return words
    }
}
