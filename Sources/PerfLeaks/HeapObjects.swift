/// Which blocks of a heap hold objects, and of which types.
struct HeapObjects: Sendable {
    private(set) var types: [ObjectType] = []
    /// A number of a type for each block, from 1; 0 for what is no object.
    private var numbers: [UInt32]

    /// - Parameters:
    ///   - graph: the heap.
    ///   - known: types by the first words of their objects.
    init(in graph: HeapGraph, _ known: [UInt64: ObjectType]) {
        numbers = Array(repeating: 0, count: graph.count)
        guard !known.isEmpty else { return }
        var numberOfWord: [UInt64: UInt32] = [:]
        for (word, type) in known.sorted(by: { $0.key < $1.key }) {
            types.append(type)
            numberOfWord[word] = UInt32(types.count)
        }
        var (last, lastNumber): (UInt64, UInt32) = (0, 0)
        for (block, word) in graph.firstWords.enumerated() where word != 0 {
            if word != last { (last, lastNumber) = (word, numberOfWord[word] ?? 0) }
            // A block of one word has no room for an object.
            if lastNumber != 0, graph.blocks.byteCount(of: block) >= 16 { numbers[block] = lastNumber }
        }
    }

    /// From 1; 0 for what is no object.
    func number(of block: Int) -> UInt32 { numbers[block] }

    func isObject(_ block: Int) -> Bool { numbers[block] != 0 }

    /// The object in a block; nil for what is none.
    func type(of block: Int) -> ObjectType? {
        let number = numbers[block]
        return number == 0 ? nil : types[Int(number) - 1]
    }

    /// Blocks that hold objects of a kind.
    func blocks(where isWanted: (ObjectType) -> Bool) -> [UInt32] {
        let wanted = Set(types.indices.filter { isWanted(types[$0]) }.map { UInt32($0) + 1 })
        guard !wanted.isEmpty else { return [] }
        return numbers.indices.filter { wanted.contains(numbers[$0]) }.map { UInt32($0) }
    }
}
