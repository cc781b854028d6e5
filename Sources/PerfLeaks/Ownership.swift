import CPerfLeaks
import PerfSymbols

/// Who keeps objects alive, where words alone do not tell: by how often they are retained.
///
/// A word that is left over on a stack or in a buffer, and an `unowned` reference in a struct, look like references that
/// keep alive. An object whose every retain is accounted for by objects that nobody else keeps alive is kept by them
/// alone.
struct Ownership<Memory: FrozenMemory> {
    let graph: HeapGraph
    let memory: Memory
    let objects: HeapObjects

    /// How often an object is retained; nil for what is no object, or where its counts make no sense.
    func strongCount(of block: Int) -> Int? {
        guard objects.isObject(block) else { return nil }
        let count = graph.strongCounts[block]
        return count == ObjectHeader.noCount ? nil : Int(count)
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
        let marks = marks(reached)
        var kept = [UInt8](repeating: 0, count: graph.count)
        let roots = Reachability.set(
            references.sure + references.doubtful.filter { !objects.isObject(Int($0)) } + tasks, in: &kept)
        // Each word of an object counts as an owner at first. Few objects are left after that, whose owners are looked
        // at one by one.
        _ = graph.keep(roots, marks: marks, owners: nil, &kept)
        for _ in 0..<Self.mostRounds {
            let left = (0..<graph.count).filter { kept[$0] == 0 && reached[$0] }
            guard !left.isEmpty else { return [] }
            let added = graph.keep([], marks: marks, owners: owners(of: left, kept), &kept)
            if added == 0 { return left.map { UInt32($0) } }
        }
        // Who keeps whom is nested deeper than is worth the time: what seems to be kept is taken to be.
        return []
    }

    private static var mostRounds: Int { 100 }

    /// What is known of each block, as `heap_graph.h` has it.
    private func marks(_ reached: Reachability) -> [UInt8] {
        (0..<graph.count).map { block in
            var marks = reached[block] ? UInt8(PD_BLOCK_IS_REACHED) : 0
            guard let type = objects.type(of: block) else { return marks }
            marks |= UInt8(PD_BLOCK_IS_OBJECT)
            if graph.isUnowned[block] { marks |= UInt8(PD_BLOCK_IS_GUARDED) }
            if type.isSure { marks |= UInt8(PD_BLOCK_IS_SURE) }
            return marks
        }
    }

    /// How many objects that are not kept surely hold each of some blocks; 0 for others.
    private func owners(of blocks: [Int], _ kept: [UInt8]) -> [UInt32] {
        var owners = [UInt32](repeating: 0, count: graph.count)
        var isWanted = [Bool](repeating: false, count: graph.count)
        for block in blocks { isWanted[block] = true }
        for block in 0..<graph.count where kept[block] == 0 && objects.isObject(block) {
            guard graph.references(of: block).contains(where: { $0 != HeapBlocks.none && isWanted[Int($0)] }) else {
                continue
            }
            for target in owned(by: block) where isWanted[target] { owners[target] += 1 }
        }
        return owners
    }

    /// What an object surely keeps alive, as often as it does.
    private func owned(by block: Int) -> [Int] {
        guard let type = objects.type(of: block) else { return [] }
        let end =
            switch type.kind {
            case .object: type.size ?? .max
            case .arrayStorage: elementEnd(of: block)
            // How large these are nobody knows; allocators give 8 bytes more than was asked for.
            default: Int(clamping: graph.blocks.byteCount(of: block)) - 8
            }
        return words(of: block).filter { word in
            // No array is an element of itself.
            word.offset < end && isOwner(type, word.offset, of: word.target)
                && (word.target != block || type.kind != .arrayStorage)
        }.map(\.target)
    }

    /// Where the elements of an array end for sure, in bytes: behind them is room for more, where others may have been.
    private func elementEnd(of block: Int) -> Int {
        // Count; capacity, with a flag in the lowest bit.
        let words = memory.words(at: graph.blocks.address(of: block) &+ 16, count: 2)
        let room = graph.blocks.byteCount(of: block)
        guard words.count == 2, words[1] > 1, (33..<1 << 31).contains(room), words[0] <= words[1] / 2 else { return 0 }
        // Of elements with references, which stand at multiples of 8: the smallest of which no more would find room.
        let stride = (room - 32) / (words[1] / 2 + 1) / 8 * 8 + 8
        return Int(min(32 + min(words[0], room) * stride, room))
    }

    /// The blocks whose beginnings the words of a block refer to: references of objects lead nowhere else.
    private func words(of block: Int) -> [(offset: Int, target: Int)] {
        let words = memory.words(
            at: graph.blocks.address(of: block), count: Int(graph.blocks.byteCount(of: block) / 8))
        let kept = Set(graph.references(of: block))
        return words.enumerated().compactMap { number, word in
            guard let target = graph.blocks.block(referredToBy: word), kept.contains(UInt32(target)),
                word & Self.addressBits == graph.blocks.address(of: target)
            else { return nil }
            return (number * 8, target)
        }
    }

    /// Of a reference: enum cases and strings keep marks in the others.
    private static var addressBits: UInt64 { 0x0000_ffff_ffff_fff8 }

    /// Whether the word at an offset of an object holds one of the retains of another.
    private func isOwner(_ type: ObjectType, _ offset: Int, of target: Int) -> Bool {
        guard let name = objects.type(of: target)?.name else { return false }
        switch type.kind {
        case .object:
            guard let field = type.field(at: offset), field.ownership == .strong, !field.isUncounted else {
                return false
            }
            let isReference = field.typeName == name || field.typeName == name + "?"
            // What a closure has captured stands behind its code. Whether a struct holds it without keeping it alive is
            // not known, nor what is inside of one.
            let place = field.typeName.contains("->") ? field.offset + 8 : field.offset
            return place == offset && (isReference || !graph.isUnowned[target])
        case .box, .closure, .error:
            return !graph.isUnowned[target] && offset >= 16
        case .arrayStorage:
            return !graph.isUnowned[target] && offset >= 32
        default:
            return false
        }
    }
}
