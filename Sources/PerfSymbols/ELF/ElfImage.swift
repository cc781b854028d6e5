import PerfModel

/// A 64-bit little-endian ELF image: what its headers say, checked against the bytes that are there.
///
/// Section headers are used when they are sound; without them the program headers have to do. Nothing in the
/// file is believed: offsets, sizes and counts are clamped to the file, so a hostile image is merely empty.
package struct ElfImage: Sendable {
    package enum Machine: Hashable, Sendable {
        // The architecture's own name.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        case x86_64
        case aarch64
        case other(UInt16)

        init(_ raw: UInt16) {
            switch raw {
            case 62: self = .x86_64
            case 183: self = .aarch64
            default: self = .other(raw)
            }
        }
    }

    /// A program header.
    package struct Segment: Hashable, Sendable {
        package var type: UInt32
        package var flags: UInt32
        package var offset: FileOffset
        package var address: ImageAddress
        package var fileSize: UInt64
        package var memorySize: UInt64

        package static let load: UInt32 = 1
        package static let dynamic: UInt32 = 2
        package static let note: UInt32 = 4
        package static let ehFrameHeader: UInt32 = 0x6474_E550

        package var isLoaded: Bool { type == Segment.load }
        package var isExecutable: Bool { flags & 1 != 0 }
    }

    /// A section header.
    package struct Section: Hashable, Sendable {
        package var name: String
        package var type: UInt32
        package var flags: UInt64
        package var address: ImageAddress
        package var offset: FileOffset
        package var size: UInt64
        /// Index of another section, whose meaning depends on the type.
        package var link: UInt32
        package var info: UInt32
        package var entrySize: UInt64

        package static let symbolTable: UInt32 = 2
        package static let note: UInt32 = 7
        package static let noBits: UInt32 = 8
        package static let dynamicSymbols: UInt32 = 11

        package var isAllocated: Bool { flags & 0x2 != 0 }
        package var isExecutable: Bool { flags & 0x4 != 0 }
        package var isCompressed: Bool { flags & 0x800 != 0 }
        /// Whether the file holds bytes for it; not so in `.bss` and in files split off by `objcopy --only-keep-debug`.
        package var hasContents: Bool { type != 0 && type != Section.noBits }
    }

    /// The name and checksum of a separate debug file, from `.gnu_debuglink`.
    package struct DebugLink: Hashable, Sendable {
        package var name: String
        /// CRC-32 of the whole debug file.
        package var checksum: UInt32
    }

    package let source: any ByteSource
    package let machine: Machine
    package let entry: ImageAddress
    /// Whether it is a shared object or a position-independent executable (`ET_DYN`).
    package let isPositionIndependent: Bool
    package let segments: [Segment]
    /// In file order, the null section included, so that `link` is an index; empty when stripped or unsound.
    package let sections: [Section]
    /// Empty when there is none.
    package let buildID: [UInt8]
    package let debugLink: DebugLink?

    /// No section is read beyond this size, neither as it stands nor decompressed.
    package static let largestSection = 512 << 20

    /// Reads the headers.
    package init(_ source: any ByteSource) throws(ElfError) {
        let header = source.bytes(at: FileOffset(rawValue: 0), count: 64)
        guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]), let fileClass = header.uint8(at: 4),
            let order = header.uint8(at: 5)
        else { throw .notElf }
        guard fileClass == 2 else { throw .unsupportedClass(fileClass) }
        guard order == 1 else { throw .unsupportedByteOrder(order) }
        guard let type = header.uint16(at: 16), let machine = header.uint16(at: 18),
            let entry = header.uint64(at: 24), let tables = ElfHeaderTables(header: header, source: source)
        else { throw .notElf }
        self.source = source
        self.machine = Machine(machine)
        self.entry = ImageAddress(rawValue: entry)
        self.isPositionIndependent = type == 3
        self.segments = tables.segments(in: source)
        self.sections = tables.sections(in: source)
        self.buildID = ElfNotes.buildID(sections: sections, segments: segments, source: source)
        self.debugLink = Self.debugLink(sections: sections, source: source)
    }

    package func section(named name: String) -> Section? {
        sections.first { $0.name == name && $0.hasContents }
    }

    package func segment(ofType type: UInt32) -> Segment? {
        segments.first { $0.type == type }
    }

    /// The bytes of a section, decompressed; as many as the file has, empty when they cannot be had.
    package func contents(of section: Section) -> [UInt8] {
        guard section.hasContents, section.size <= UInt64(Self.largestSection) else { return [] }
        let raw = source.bytes(at: section.offset, count: Int(section.size))
        return section.isCompressed ? CompressedSection.contents(raw, limit: Self.largestSection) : raw
    }

    /// The address that the linker gave to a byte of the file, through the loaded segments.
    package func imageAddress(at offset: FileOffset) -> ImageAddress? {
        for segment in segments where segment.isLoaded && offset >= segment.offset {
            let distance = offset.rawValue - segment.offset.rawValue
            guard distance < segment.fileSize else { continue }
            return ImageAddress(rawValue: segment.address.rawValue &+ distance)
        }
        return nil
    }

    /// Where the byte at an address stands in the file; nil beyond what the file initializes.
    package func fileOffset(of address: ImageAddress) -> FileOffset? {
        for segment in segments where segment.isLoaded && address >= segment.address {
            let distance = address.rawValue - segment.address.rawValue
            guard distance < segment.fileSize else { continue }
            return FileOffset(rawValue: segment.offset.rawValue &+ distance)
        }
        return nil
    }

    /// Where code stands: sorted, disjoint; from the sections when there are any, else from the segments.
    package var executableRanges: [Range<ImageAddress>] {
        var ranges = sections.filter { $0.isAllocated && $0.isExecutable }.map { ($0.address.rawValue, $0.size) }
        if ranges.isEmpty {
            ranges = segments.filter { $0.isLoaded && $0.isExecutable }.map { ($0.address.rawValue, $0.memorySize) }
        }
        var result: [Range<ImageAddress>] = []
        for (start, size) in ranges.sorted(by: { $0.0 < $1.0 }) {
            let (end, overflow) = start.addingReportingOverflow(size)
            let from = max(ImageAddress(rawValue: start), result.last?.upperBound ?? ImageAddress(rawValue: 0))
            let to = ImageAddress(rawValue: overflow ? .max : end)
            if from < to { result.append(from..<to) }
        }
        return result
    }

    private static func debugLink(sections: [Section], source: any ByteSource) -> DebugLink? {
        guard let section = sections.first(where: { $0.name == ".gnu_debuglink" && $0.hasContents }),
            section.size <= 4096
        else { return nil }
        let bytes = source.bytes(at: section.offset, count: Int(section.size))
        guard let end = bytes.firstIndex(of: 0), let checksum = bytes.uint32(at: (end + 4) & ~3) else { return nil }
        let name = String(decoding: bytes[..<end], as: UTF8.self)
        return name.isEmpty ? nil : DebugLink(name: name, checksum: checksum)
    }
}
