import PerfModel

/// Reads notes: the build ID is one.
enum ElfNotes {
    private static let largestTable: UInt64 = 1 << 20

    /// The GNU build ID; empty when there is none.
    static func buildID(
        sections: [ElfImage.Section], segments: [ElfImage.Segment], source: any ByteSource
    ) -> [UInt8] {
        // Sections first: a file with split-off debug data keeps its note sections, but its program headers
        // speak of the file that it was split from.
        let tables =
            sections.filter { $0.type == ElfImage.Section.note }.map { ($0.offset, $0.size) }
            + segments.filter { $0.type == ElfImage.Segment.note }.map { ($0.offset, $0.fileSize) }
        for (offset, size) in tables.prefix(64) {
            let bytes = source.bytes(at: offset, count: Int(min(size, largestTable)))
            if let buildID = buildID(in: bytes) { return buildID }
        }
        return []
    }

    private static func buildID(in bytes: [UInt8]) -> [UInt8]? {
        var position = 0
        while let nameSize = bytes.uint32(at: position), let size = bytes.uint32(at: position + 4),
            let type = bytes.uint32(at: position + 8)
        {
            let name = position + 12
            let contents = name + (Int(nameSize) + 3) & ~3
            let end = contents + Int(size)
            guard end <= bytes.count else { return nil }
            // NT_GNU_BUILD_ID; a real one has 8 to 32 bytes.
            if type == 3, nameSize == 4, bytes[name..<name + 4].elementsEqual([0x47, 0x4E, 0x55, 0]), size > 0,
                size <= 64
            {
                return Array(bytes[contents..<end])
            }
            position = (end + 3) & ~3
        }
        return nil
    }
}
