/// Which blocks are referred to from outside of the heap, directly or through others.
struct Reachability: Sendable {
    /// 1 for each block that is.
    private(set) var flags: [UInt8]

    init(in graph: HeapGraph, from roots: [UInt32]) {
        flags = Array(repeating: 0, count: graph.count)
        graph.reach(Self.set(roots, in: &flags), &flags)
    }

    /// Sets flags; those that were set anew.
    static func set(_ blocks: [UInt32], in flags: inout [UInt8]) -> [UInt32] {
        blocks.filter { block in
            guard flags[Int(block)] == 0 else { return false }
            flags[Int(block)] = 1
            return true
        }
    }

    subscript(_ block: Int) -> Bool { flags[block] != 0 }

    /// Blocks that are not reached, rising.
    var unreached: [Int] { flags.indices.filter { flags[$0] == 0 } }

    mutating func remove(_ blocks: [UInt32]) {
        for block in blocks { flags[Int(block)] = 0 }
    }
}
