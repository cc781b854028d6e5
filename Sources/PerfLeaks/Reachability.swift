/// Which blocks are referred to from outside of the heap, directly or through others.
struct Reachability: Sendable {
    /// 1 for each block that is.
    private var flags: [UInt8]

    init(in graph: HeapGraph, from roots: [UInt32] = []) {
        flags = Array(repeating: 0, count: graph.count)
        reach(roots, graph)
    }

    subscript(_ block: Int) -> Bool { flags[block] != 0 }

    /// Blocks that are reached here and not there, rising.
    func subtracting(_ others: Self) -> [Int] {
        flags.indices.filter { flags[$0] != 0 && others.flags[$0] == 0 }
    }

    /// Blocks that are not reached, rising.
    var unreached: [Int] { flags.indices.filter { flags[$0] == 0 } }

    mutating func remove(_ blocks: [UInt32]) {
        for block in blocks { flags[Int(block)] = 0 }
    }

    /// Goes on from more roots.
    ///
    /// - Parameters:
    ///   - roots: blocks.
    ///   - graph: what refers to what.
    ///   - guarded: 1 for each block to which no reference is followed; empty for none.
    /// - Returns: blocks that were reached now and refer to guarded ones.
    @discardableResult
    mutating func reach(_ roots: [UInt32], _ graph: HeapGraph, guarded: [UInt8] = []) -> [UInt32] {
        let new = roots.filter { root in
            guard flags[Int(root)] == 0 else { return false }
            flags[Int(root)] = 1
            return true
        }
        return new.isEmpty ? [] : graph.reach(new, &flags, guarded)
    }
}
