import PerfLeaks
import PerfModel
import PerfSymbols

/// A heap that a test wrote down: words at addresses.
final class SceneHeap: FrozenMemory, ObjectTypes, @unchecked Sendable {
    var words: [UInt64: UInt64] = [:]
    var blocks: [HeapBlocks.Block] = []
    var types: [UInt64: ObjectType] = [:]
    var roots = HeapRoots()
    private var next: UInt64 = 0x7f00_0000_1000

    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        while count + 8 <= buffer.count, let word = words[address &+ UInt64(count)] {
            unsafe buffer.storeBytes(of: word, toByteOffset: count, as: UInt64.self)
            count += 8
        }
        return count
    }

    /// Private memory that is as its file has it.
    var unwritten: Range<UInt64> = 0..<0

    func written(_ range: Range<UInt64>) -> [Range<UInt64>] {
        guard range.overlaps(unwritten) else { return [range] }
        return [range.lowerBound..<unwritten.lowerBound, unwritten.upperBound..<range.upperBound]
    }

    func objectType(ofFirstWord word: UInt64) -> ObjectType? { types[word] }

    /// A block of words; its address.
    func block(_ contents: [UInt64], site: UInt32 = 0) -> UInt64 {
        let address = next
        next += (UInt64(contents.count) * 8 + 31) & ~15
        for (index, word) in contents.enumerated() { words[address + UInt64(index) * 8] = word }
        blocks.append(HeapBlocks.Block(address: address, byteCount: UInt64(contents.count) * 8, site: site))
        return address
    }

    /// The metadata of a class whose properties stand one after the other.
    func type(
        _ name: String, kind: SwiftHeapType.Kind = .object,
        fields: [(String, SwiftField.Ownership)] = [], size: Int? = nil
    ) -> UInt64 {
        let metadata = 0x5500_0000_0000 + UInt64(types.count) * 256
        types[metadata] = ObjectType(
            kind: kind, name: name,
            fields: fields.enumerated().map { index, field in
                SwiftField(
                    name: field.0, offset: 16 + index * 8, typeName: "App.Node?", ownership: field.1, isVariable: true,
                    declaredIn: name)
            }, size: size)
        return metadata
    }

    /// An object that is retained so often.
    func object(_ type: UInt64, strong: UInt64 = 1, _ fields: [UInt64] = [], site: UInt32 = 0) -> UInt64 {
        block([type, 3 + (strong - 1) << 33] + fields, site: site)
    }

    func root(_ words: UInt64...) { roots.words += words }

    func set(_ address: UInt64, _ offset: UInt64, _ word: UInt64) { words[address + offset] = word }

    func report() -> LeakReport? {
        var types = self
        guard let blocks = HeapBlocks(blocks) else { return nil }
        return LeakAnalysis(blocks, roots: roots, in: self, types: &types)?.report()
    }
}
