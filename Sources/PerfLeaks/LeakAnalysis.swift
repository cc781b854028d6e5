import PerfSymbols

/// Finds what nothing refers to any more.
package struct LeakAnalysis<Memory: FrozenMemory> {
    package let graph: HeapGraph
    let memory: Memory
    private let objects: HeapObjects
    private let ownership: Ownership<Memory>
    /// Blocks that nothing refers to, rising.
    package let leaked: [UInt32]
    /// Of roots that could not be read, in bytes.
    package let missingRootByteCount: UInt64

    /// Nil for more references than can be counted.
    ///
    /// - Parameters:
    ///   - blocks: all that live.
    ///   - roots: where references begin.
    ///   - memory: the program's, as it was when roots and blocks were looked at.
    ///   - known: names objects.
    package init?(_ blocks: HeapBlocks, roots: HeapRoots, in memory: Memory, types known: inout some ObjectTypes) {
        guard var graph = HeapGraph(blocks, in: memory) else { return nil }
        var types: [UInt64: ObjectType] = [:]
        for word in graph.metadata.sorted() {
            if let type = known.objectType(ofFirstWord: word) { types[word] = type }
        }
        Self.removeUnowned(from: &graph, types, memory)
        for block in 0..<graph.count where graph.lastRefers[block] {
            guard let type = types[graph.firstWords[block]], type.leavesLastWord(of: blocks.byteCount(of: block)) else {
                continue
            }
            graph.removeLast(from: block)
        }
        let references = roots.references(to: blocks, in: memory)
        let objects = HeapObjects(in: graph, types)
        (self.graph, self.memory, self.objects) = (graph, memory, objects)
        missingRootByteCount = references.missingByteCount
        // Tasks that wait: what will resume them may be known to the kernel alone.
        let tasks = objects.blocks { $0.kind == .task }
        var live = Reachability(in: graph, from: references.sure + references.doubtful + tasks)
        ownership = Ownership(graph: graph, memory: memory, objects: objects)
        live.remove(ownership.unowned(references, tasks: tasks, among: live))
        leaked = live.unreached.map { UInt32($0) }
    }

    /// How often an object is retained; nil for what is no object, or where its counts make no sense.
    func strongCount(of block: Int) -> Int? { ownership.strongCount(of: block) }

    /// The object in a block; nil for what is none.
    func type(of block: Int) -> ObjectType? { objects.type(of: block) }

    /// All blocks by the type of the object in them, nil for what is none; those that leak included.
    package func blocksByType() -> [String?: (count: UInt64, bytes: UInt64)] {
        var sums = [(count: UInt64, bytes: UInt64)](repeating: (0, 0), count: objects.types.count + 1)
        for block in 0..<graph.count {
            let number = Int(objects.number(of: block))
            sums[number].count += 1
            sums[number].bytes &+= graph.blocks.byteCount(of: block)
        }
        var result: [String?: (count: UInt64, bytes: UInt64)] = [:]
        for (number, sum) in sums.enumerated() where sum.count > 0 {
            let name = number == 0 ? nil : objects.types[number - 1].name
            let before = result[name] ?? (0, 0)
            result[name] = (before.count + sum.count, before.bytes &+ sum.bytes)
        }
        return result
    }

    /// References by `unowned` properties do not keep alive.
    private static func removeUnowned(from graph: inout HeapGraph, _ types: [UInt64: ObjectType], _ memory: Memory) {
        let offsets = types.mapValues(\.unownedOffsets).filter { !$0.value.isEmpty }
        guard !offsets.isEmpty else { return }
        for block in 0..<graph.count {
            guard let offsets = offsets[graph.firstWords[block]] else { continue }
            let address = graph.blocks.address(of: block)
            let others = offsets.compactMap { offset in
                memory.word(at: address &+ UInt64(offset)).flatMap { graph.blocks.block(referredToBy: $0) }
            }
            graph.remove(others.map { UInt32($0) }, from: block)
        }
    }
}
