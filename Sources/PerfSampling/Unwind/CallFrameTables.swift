import PerfModel
import PerfSymbols
import Synchronization

/// Finds the unwind information of an address in an ELF image: `.eh_frame`, then `.debug_frame`.
///
/// It keeps where things are, not the bytes; those are read through the caller's page cache.
final class CallFrameTables: Sendable {
    /// The search table of `.eh_frame_hdr`.
    private struct SearchTable {
        /// Image address of the section; the entries are relative to it.
        var base: UInt64
        var entriesOffset: UInt64
        var count: UInt64
    }

    /// Bytes of the image that hold entries.
    private struct Section {
        var address: UInt64
        var offset: UInt64
        var size: UInt64
    }

    private let searchTable: SearchTable?
    private let ehFrame: Section?
    private let debugFrame: ElfImage.Section?
    private let elf: ElfImage
    let architecture: UnwindArchitecture?

    private struct Indexes {
        var ehFrame: CallFrameIndex?
        var debugFrame: CallFrameIndex?
        var debugFrameBytes: [UInt8]?
    }
    private let indexes = Mutex(Indexes())

    /// A larger section is not read for an index of our own.
    private static let largestIndexed: UInt64 = 64 << 20

    init(_ elf: ElfImage) {
        self.elf = elf
        architecture = UnwindArchitecture(elf.machine)
        let header = Self.header(in: elf)
        searchTable = header?.table
        if let section = elf.section(named: ".eh_frame") {
            ehFrame = Section(
                address: section.address.rawValue, offset: section.offset.rawValue, size: section.size)
        } else if let address = header?.ehFrameAddress,
            let offset = elf.fileOffset(of: ImageAddress(rawValue: address))
        {
            // Without section headers it ends at its terminator, at the latest with the file.
            ehFrame = Section(
                address: address, offset: offset.rawValue,
                size: elf.source.byteCount
                    - min(
                        offset.rawValue, elf.source.byteCount))
        } else {
            ehFrame = nil
        }
        debugFrame = elf.section(named: ".debug_frame")
    }

    /// The checked record that covers an image address.
    func record(covering address: UInt64, of image: UnwindImage, pages: PageCache) -> CallFrameRecord? {
        function(covering: address, of: image, pages: pages).map(CallFrameRecord.init)
    }

    /// The checked unwind information that covers an image address.
    func function(covering address: UInt64, of image: UnwindImage, pages: PageCache) -> CallFrameFunction? {
        guard let architecture else { return nil }
        if let position = ehFramePosition(of: address, image: image, pages: pages),
            let found = ehFrameFunction(at: position, image: image, pages: pages), found.range.contains(address)
        {
            return found
        }
        guard debugFrame != nil else { return nil }
        let (index, bytes) = debugFrameIndex
        guard let position = index.position(of: address),
            let found = Self.debugFrameFunction(at: position, in: bytes, architecture: architecture),
            found.range.contains(address)
        else { return nil }
        return found
    }

    // MARK: .eh_frame

    private static func header(in elf: ElfImage) -> (table: SearchTable?, ehFrameAddress: UInt64?)? {
        let place: (address: UInt64, offset: UInt64)
        if let segment = elf.segment(ofType: ElfImage.Segment.ehFrameHeader) {
            place = (segment.address.rawValue, segment.offset.rawValue)
        } else if let section = elf.section(named: ".eh_frame_hdr") {
            place = (section.address.rawValue, section.offset.rawValue)
        } else {
            return nil
        }
        var cursor = CallFrameCursor(elf.source.bytes(at: FileOffset(rawValue: place.offset), count: 64))
        guard cursor.byte() == 1 else { return nil }
        let encodings = (frame: cursor.byte(), count: cursor.byte(), table: cursor.byte())
        let frame = cursor.pointer(
            encoding: encodings.frame, address: place.address &+ UInt64(cursor.position))
        guard !cursor.isBroken else { return nil }
        let count = cursor.pointer(encoding: encodings.count, address: place.address &+ UInt64(cursor.position))
        // Binary search needs sdata4 relative to the section (0x3B), which is all that linkers write.
        guard encodings.table == 0x3B, !cursor.isBroken, count > 0, count <= elf.source.byteCount / 8 else {
            return (nil, frame)
        }
        let table = SearchTable(
            base: place.address, entriesOffset: place.offset &+ UInt64(cursor.position), count: count)
        return (table, frame)
    }

    /// Offset of the FDE in the section, or image address of it when it came from the search table.
    private func ehFramePosition(of address: UInt64, image: UnwindImage, pages: PageCache) -> UInt64? {
        guard let table = searchTable else {
            guard let ehFrame else { return nil }
            return ehFrameIndex(of: ehFrame).position(of: address).map { ehFrame.address &+ $0 }
        }
        var low: UInt64 = 0
        var high = table.count
        while low < high {
            let middle = (low + high) / 2
            guard let raw = pages.word(of: image, at: table.entriesOffset &+ middle &* 8, count: 4) else { return nil }
            if table.base &+ Self.signExtended(raw) <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0,
            let raw = pages.word(of: image, at: table.entriesOffset &+ (low - 1) &* 8 &+ 4, count: 4)
        else { return nil }
        return table.base &+ Self.signExtended(raw)
    }

    private static func signExtended(_ value: UInt64) -> UInt64 {
        UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
    }

    private func ehFrameFunction(at address: UInt64, image: UnwindImage, pages: PageCache) -> CallFrameFunction? {
        guard let architecture, let fde = entry(at: address, image: image, pages: pages),
            let parts = CallFrameEntry(fde, isDebugFrame: false), !parts.isCommon
        else { return nil }
        let cieAddress = address &+ UInt64(parts.idPosition) &- parts.id
        guard let bytes = entry(at: cieAddress, image: image, pages: pages),
            let cie = CallFrameCommon(bytes, isDebugFrame: false, architecture: architecture)
        else { return nil }
        return CallFrameFunction(fde: fde, fdeAddress: address, cie: cie)
    }

    /// A CIE or FDE with its length field.
    private func entry(at address: UInt64, image: UnwindImage, pages: PageCache) -> [UInt8]? {
        let offset: UInt64
        if let ehFrame, address >= ehFrame.address, address - ehFrame.address < ehFrame.size {
            offset = ehFrame.offset &+ (address - ehFrame.address)
        } else if let other = elf.fileOffset(of: ImageAddress(rawValue: address)) {
            offset = other.rawValue
        } else {
            return nil
        }
        guard let count = CallFrameEntry.byteCount(pages.bytes(of: image, at: offset, count: 12)),
            count <= UInt64(CallFrameRecord.largestEntry)
        else { return nil }
        let bytes = pages.bytes(of: image, at: offset, count: Int(count))
        return bytes.count == Int(count) ? bytes : nil
    }

    private func ehFrameIndex(of section: Section) -> CallFrameIndex {
        indexes.withLock { indexes in
            if let index = indexes.ehFrame { return index }
            let bytes = elf.source.bytes(
                at: FileOffset(rawValue: section.offset), count: Int(min(section.size, Self.largestIndexed)))
            let index = CallFrameIndex(
                bytes, address: section.address, isDebugFrame: false, architecture: architecture ?? .x86_64)
            indexes.ehFrame = index
            return index
        }
    }

    // MARK: .debug_frame

    private var debugFrameIndex: (CallFrameIndex, [UInt8]) {
        indexes.withLock { indexes in
            if let index = indexes.debugFrame, let bytes = indexes.debugFrameBytes { return (index, bytes) }
            var bytes: [UInt8] = []
            if let debugFrame, debugFrame.size <= Self.largestIndexed { bytes = elf.contents(of: debugFrame) }
            let index = CallFrameIndex(
                bytes, address: 0, isDebugFrame: true, architecture: architecture ?? .x86_64)
            indexes.debugFrame = index
            indexes.debugFrameBytes = bytes
            return (index, bytes)
        }
    }

    private static func debugFrameFunction(
        at position: UInt64, in bytes: [UInt8], architecture: UnwindArchitecture
    ) -> CallFrameFunction? {
        guard let fde = CallFrameIndex.entry(at: position, in: bytes),
            let parts = CallFrameEntry(fde, isDebugFrame: true), !parts.isCommon,
            let cieBytes = CallFrameIndex.entry(at: parts.id, in: bytes),
            let cie = CallFrameCommon(cieBytes, isDebugFrame: true, architecture: architecture)
        else { return nil }
        return CallFrameFunction(fde: fde, fdeAddress: position, cie: cie)
    }
}
