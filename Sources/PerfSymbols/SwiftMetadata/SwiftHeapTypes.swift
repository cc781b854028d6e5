import PerfModel

/// Names the objects on the heap of one process by the first words of their blocks.
///
/// All it needs is memory: descriptors name types in stripped executables too. Known words are answered from a table. A
/// word that is no type costs at most one read of 64 bytes, and none when it is no address.
package struct SwiftHeapTypes: Sendable {
    private static let mostRejected = 1 << 20
    /// From the destructor, two words before the metadata, to a class's descriptor.
    private static let headerSize = 64

    private var reader: SwiftMetadataReader
    /// Sorted, not overlapping; nil when every address is worth a try.
    private let mapped: [Range<UInt64>]?
    private var known: [UInt64: SwiftHeapType] = [:]
    private var rejected: Set<UInt64> = []

    /// - Parameters:
    ///   - memory: The memory of the process, live or recorded.
    ///   - mapped: Its readable ranges, in any order; words that point elsewhere are rejected unread.
    package init(memory: any MemoryReader, mapped: [Range<CodeAddress>]? = nil) {
        reader = SwiftMetadataReader(memory: SwiftMetadataMemory(source: memory))
        self.mapped = mapped.map { ranges in
            var merged: [Range<UInt64>] = []
            for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
                let (start, end) = (range.lowerBound.rawValue, range.upperBound.rawValue)
                if let last = merged.last, start <= last.upperBound {
                    merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, end)
                } else {
                    merged.append(start..<end)
                }
            }
            return merged
        }
    }

    /// How often the process's memory was read so far.
    package var readCount: Int { reader.memory.readCount }

    /// Forgets what may have changed while the process ran: its pages, and which words were no types.
    ///
    /// Types that were found stay: metadata never moves and never changes.
    package mutating func refresh() {
        reader.memory.forget()
        rejected = []
    }

    /// The type of an object by its first word; nil when the word does not point to the metadata of heap objects.
    ///
    /// A block of raw memory that begins with a metatype cannot be told from an object by this word alone.
    package mutating func type(ofFirstWord word: UInt64) -> SwiftHeapType? {
        if let type = known[word] { return type }
        guard word & 7 == 0, isMapped(word), !rejected.contains(word) else { return nil }
        reader.begin()
        let type = resolved(word)
        if let type {
            known[word] = type
        } else {
            if rejected.count >= Self.mostRejected { rejected = [] }
            rejected.insert(word)
        }
        return type
    }

    /// The type of the object at an address; also names the error in an error's box.
    package mutating func type(ofObjectAt address: CodeAddress) -> SwiftHeapType? {
        guard let bytes = reader.memory.probe(address.rawValue, count: 24),
            var type = type(ofFirstWord: Self.word(bytes, 0))
        else { return nil }
        if type.kind == .error {
            reader.begin()
            if let error = reader.type(at: Self.word(bytes, 16)) {
                type = SwiftHeapType(
                    kind: .error, runtimeName: "error " + error.text, metadata: type.metadata.rawValue)
            }
        }
        return type
    }

    /// The stored properties of a class and of those that it inherits from, the outermost ancestor's first.
    ///
    /// Empty for what is no class, or where the executable has no reflection metadata.
    package mutating func fields(of type: SwiftHeapType) -> [SwiftField] {
        reader.begin()
        return reader.fields(ofClassAt: type.metadata.rawValue)
    }

    private func isMapped(_ address: UInt64) -> Bool {
        guard address >= 4096, address < 1 << 48 else { return false }
        guard let mapped else { return true }
        var low = 0
        var high = mapped.count
        while low < high {
            let middle = (low + high) / 2
            if mapped[middle].upperBound <= address { low = middle + 1 } else { high = middle }
        }
        return low < mapped.count && mapped[low].contains(address)
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }

    /// Looks at the metadata's head, and further only when it looks like one.
    private mutating func resolved(_ metadata: UInt64) -> SwiftHeapType? {
        // The metadata of a box at the very end of its segment has less behind it than a class.
        guard
            let head = reader.memory.probe(metadata &- 16, count: Self.headerSize)
                ?? reader.memory.probe(metadata &- 16, count: 40)
        else { return nil }
        let kind = Self.word(head, 16)
        guard kind == 0 || (kind >= 0x400 && kind <= 0x503) else { return nil }
        // In front of the kind stand the destructor and the value witness table, which contexts and boxes lack.
        let (destructor, witnesses) = (Self.word(head, 0), Self.word(head, 8))
        guard isMapped(destructor), witnesses & 7 == 0, witnesses == 0 ? kind != 0 : isMapped(witnesses) else {
            return nil
        }
        let second = Self.word(head, 24)
        let third = Self.word(head, 32)
        switch kind {
        case 0:
            guard head.count == Self.headerSize else { return nil }
            return object(metadata, superclass: second, flags: third, head: head)
        case 0x400:
            guard second & 0xFFFF_FFFF < 1 << 20, third == 0 || isMapped(third) else { return nil }
            return reader.captures(at: third).map { captures in
                SwiftHeapType(
                    kind: captures.isBox ? .box : .closure, runtimeName: SwiftTypeText(captures.text).text,
                    metadata: metadata)
            }
        case 0x500:
            guard isMapped(third), let boxed = reader.type(at: third) else { return nil }
            return SwiftHeapType(kind: .box, runtimeName: "box of " + boxed.text, metadata: metadata)
        case 0x501: return SwiftHeapType(kind: .error, runtimeName: "error", metadata: metadata)
        case 0x502: return SwiftHeapType(kind: .task, runtimeName: "task", metadata: metadata)
        case 0x503: return SwiftHeapType(kind: .job, runtimeName: "job", metadata: metadata)
        default: return nil
        }
    }

    private mutating func object(_ metadata: UInt64, superclass: UInt64, flags: UInt64, head: [UInt8]) -> SwiftHeapType?
    {
        // Flags and address point; size, alignment mask; size of the metadata and address point; descriptor.
        let sizes = Self.word(head, 40)
        let descriptor = Self.word(head, 56)
        let size = sizes & 0xFFFF_FFFF
        let mask = sizes >> 32 & 0xFFFF
        guard flags & 2 != 0, flags & 0xFFFF_FFFF < 1 << 10, size < 1 << 31, mask & (mask + 1) == 0,
            superclass & 7 == 0, superclass == 0 || isMapped(superclass), descriptor & 3 == 0, isMapped(descriptor),
            let name = reader.nominal(ofKind: 0, at: metadata)
        else { return nil }
        let text = SwiftTypeText(name.text).text
        return SwiftHeapType(kind: Self.kind(text), runtimeName: text, metadata: metadata, instanceSize: Int(size))
    }

    private static func kind(_ name: String) -> SwiftHeapType.Kind {
        let bytes = name.utf8
        guard bytes.starts(with: "Swift._".utf8) else { return .object }
        if bytes.starts(with: "Swift._ContiguousArrayStorage<".utf8) { return .arrayStorage }
        if bytes.starts(with: "Swift._DictionaryStorage<".utf8) { return .dictionaryStorage }
        if bytes.starts(with: "Swift._SetStorage<".utf8) { return .setStorage }
        if name == "Swift.__StringStorage" || name == "Swift.__SharedStringStorage" { return .stringStorage }
        return .object
    }
}
