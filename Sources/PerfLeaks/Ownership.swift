import PerfSymbols

/// Who keeps objects alive, where words alone do not tell: by how often they are retained.
///
/// A word that is left over on a stack, and an `unowned` reference in a struct, look like references that keep alive. An
/// object whose every retain is accounted for by objects that nobody else keeps alive is kept by them alone.
struct Ownership<Memory: FrozenMemory> {
    let graph: HeapGraph
    let memory: Memory
    let objects: HeapObjects

    /// How often an object is retained; nil for what is no object, or where its counts make no sense.
    func strongCount(of block: Int) -> Int? {
        guard objects.isObject(block) else { return nil }
        let table = graph.sideTables[UInt32(block)]
        let address = graph.blocks.address(of: table.map { Int($0) } ?? block)
        guard let word = memory.word(at: address &+ (table == nil ? 8 : 16)) else { return nil }
        let header = ObjectHeader(counts: word)
        guard let unowned = header.unownedCount, unowned < 1 << 24 else { return nil }
        return header.strongCount
    }

    /// Blocks that only such words refer to, and that nobody keeps alive.
    ///
    /// - Parameters:
    ///   - references: of roots.
    ///   - tasks: that are roots as well.
    ///   - reached: by whatever words.
    /// - Returns: their numbers, rising.
    func unowned(_ references: HeapRoots.References, tasks: [UInt32], among reached: Reachability) -> [UInt32] {
        guard !objects.types.isEmpty else { return [] }
        let sure = surelyReached(
            from: references.sure + references.doubtful.filter { !objects.isObject(Int($0)) } + tasks)
        let candidates = reached.subtracting(sure)
        guard !candidates.isEmpty else { return [] }
        var owners: [Int: Int] = [:]
        for block in candidates + reached.unreached where objects.isObject(block) {
            guard graph.references(of: block).contains(where: { $0 != HeapBlocks.none && !sure[Int($0)] }) else {
                continue
            }
            for target in owned(by: block) where !sure[target] { owners[target, default: 0] += 1 }
        }
        // Who is retained by more than these is alive, with all that it refers to.
        let kept = candidates.filter { block in
            guard objects.isObject(block) else { return false }
            guard let strong = strongCount(of: block) else { return true }
            return strong > owners[block] ?? 0
        }
        let live = Reachability(in: graph, from: kept.map { UInt32($0) })
        return candidates.filter { !live[$0] }.map { UInt32($0) }
    }

    /// What references lead to that can be nothing but such that keep alive.
    private func surelyReached(from roots: [UInt32]) -> Reachability {
        let guarded = (0..<graph.count).map { UInt8(graph.isUnowned[$0] && objects.isObject($0) ? 1 : 0) }
        var sure = Reachability(in: graph)
        var next = roots
        while !next.isEmpty {
            let guards = sure.reach(next, graph, guarded: guarded)
            next = guards.flatMap { block -> [UInt32] in
                let block = Int(block)
                // What is no object may hold anything.
                let targets =
                    objects.isObject(block) ? owned(by: block).map { UInt32($0) } : Array(graph.references(of: block))
                return targets.filter { $0 != HeapBlocks.none && !sure[Int($0)] }
            }
        }
        return sure
    }

    /// What an object surely keeps alive, as often as it does.
    private func owned(by block: Int) -> [Int] {
        guard let type = objects.type(of: block) else { return [] }
        return words(of: block).filter { isOwner(type, $0.offset, of: $0.target) }.map(\.target)
    }

    /// What the words of a block refer to.
    private func words(of block: Int) -> [(offset: Int, target: Int)] {
        let words = memory.words(
            at: graph.blocks.address(of: block), count: Int(graph.blocks.byteCount(of: block) / 8))
        let kept = Set(graph.references(of: block))
        return words.enumerated().compactMap { number, word in
            guard let target = graph.blocks.block(referredToBy: word), kept.contains(UInt32(target)) else { return nil }
            return (number * 8, target)
        }
    }

    /// Whether the word at an offset of an object holds one of the retains of another.
    private func isOwner(_ type: ObjectType, _ offset: Int, of target: Int) -> Bool {
        guard let name = objects.type(of: target)?.name else { return false }
        switch type.kind {
        case .object:
            guard let field = type.field(at: offset), field.ownership == .strong, !field.isUncounted else {
                return false
            }
            // Whether a struct holds it without keeping it alive is not known.
            return !graph.isUnowned[target] || field.typeName == name || field.typeName == name + "?"
        case .box, .closure, .error:
            return !graph.isUnowned[target] && offset >= 16
        case .arrayStorage:
            return !graph.isUnowned[target] && offset >= 32
        default:
            return false
        }
    }
}
