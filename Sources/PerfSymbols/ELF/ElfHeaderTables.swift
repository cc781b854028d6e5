import PerfModel

/// Where an ELF header says that the program and section headers are, and how many.
struct ElfHeaderTables {
    private static let segmentEntrySize = 56
    private static let sectionEntrySize = 64
    /// Images with more are not programs; the largest real ones have a few dozen.
    private static let mostEntries = 65_536

    private var segmentOffset: UInt64
    private var segmentCount: Int
    private var sectionOffset: UInt64
    private var sectionCount: Int
    private var nameTableIndex: Int

    init?(header: [UInt8], source: any ByteSource) {
        guard let segmentOffset = header.uint64(at: 32), let sectionOffset = header.uint64(at: 40),
            let segmentEntrySize = header.uint16(at: 54), let segmentCount = header.uint16(at: 56),
            let sectionEntrySize = header.uint16(at: 58), let sectionCount = header.uint16(at: 60),
            let nameTableIndex = header.uint16(at: 62)
        else { return nil }
        self.segmentOffset = segmentOffset
        self.segmentCount = Int(segmentEntrySize) == Self.segmentEntrySize ? Int(segmentCount) : 0
        self.sectionOffset = sectionOffset
        self.sectionCount = Int(sectionCount)
        self.nameTableIndex = Int(nameTableIndex)
        guard sectionOffset != 0, Int(sectionEntrySize) == Self.sectionEntrySize else {
            self.sectionCount = 0
            return
        }
        // Counts that do not fit the header stand in the null section (gABI, "extended section numbering").
        let null = source.bytes(at: FileOffset(rawValue: sectionOffset), count: Self.sectionEntrySize)
        guard let size = null.uint64(at: 32), let link = null.uint32(at: 40), let info = null.uint32(at: 44) else {
            self.sectionCount = 0
            return
        }
        if sectionCount == 0 { self.sectionCount = Int(min(size, UInt64(Self.mostEntries))) }
        if nameTableIndex == 0xFFFF { self.nameTableIndex = Int(link) }
        if segmentCount == 0xFFFF && self.segmentCount > 0 {
            self.segmentCount = min(Int(info), Self.mostEntries)
        }
    }

    func segments(in source: any ByteSource) -> [ElfImage.Segment] {
        let bytes = source.bytes(
            at: FileOffset(rawValue: segmentOffset), count: segmentCount * Self.segmentEntrySize
        )
        var result: [ElfImage.Segment] = []
        for base in stride(from: 0, to: bytes.count - Self.segmentEntrySize + 1, by: Self.segmentEntrySize) {
            guard let type = bytes.uint32(at: base), let flags = bytes.uint32(at: base + 4),
                let offset = bytes.uint64(at: base + 8), let address = bytes.uint64(at: base + 16),
                let fileSize = bytes.uint64(at: base + 32), let memorySize = bytes.uint64(at: base + 40)
            else { break }
            result.append(
                ElfImage.Segment(
                    type: type, flags: flags, offset: FileOffset(rawValue: offset),
                    address: ImageAddress(rawValue: address), fileSize: fileSize, memorySize: memorySize
                )
            )
        }
        return result
    }

    /// All sections, or none when the table is cut off or does not begin with a null section.
    func sections(in source: any ByteSource) -> [ElfImage.Section] {
        let size = sectionCount * Self.sectionEntrySize
        let bytes = source.bytes(at: FileOffset(rawValue: sectionOffset), count: size)
        guard sectionCount > 1, bytes.count == size, bytes.uint32(at: 4) == 0 else { return [] }
        var result: [ElfImage.Section] = []
        var nameOffsets: [Int] = []
        for base in stride(from: 0, to: size, by: Self.sectionEntrySize) {
            guard let name = bytes.uint32(at: base), let type = bytes.uint32(at: base + 4),
                let flags = bytes.uint64(at: base + 8), let address = bytes.uint64(at: base + 16),
                let offset = bytes.uint64(at: base + 24), let size = bytes.uint64(at: base + 32),
                let link = bytes.uint32(at: base + 40), let info = bytes.uint32(at: base + 44),
                let entrySize = bytes.uint64(at: base + 56)
            else { return [] }
            nameOffsets.append(Int(name))
            result.append(
                ElfImage.Section(
                    name: "", type: type, flags: flags, address: ImageAddress(rawValue: address),
                    offset: FileOffset(rawValue: offset), size: size, link: link, info: info, entrySize: entrySize
                )
            )
        }
        guard result.indices.contains(nameTableIndex), result[nameTableIndex].type == 3 else { return [] }
        let nameTable = result[nameTableIndex]
        guard nameTable.size <= 16 << 20 else { return [] }
        let names = source.bytes(at: nameTable.offset, count: Int(nameTable.size))
        for (index, offset) in nameOffsets.enumerated() {
            result[index].name = names.terminatedString(at: offset, limit: 4096) ?? ""
        }
        return result
    }
}
