import PerfModel

/// Finds the exported symbols through the dynamic segment, for images whose section headers are gone.
enum DynamicSymbols {
    private static let largestSegment: UInt64 = 1 << 20
    private static let largestTable = 256 << 20
    private static let entrySize = 24

    static func source(in image: ElfImage) -> SymbolSource? {
        guard let segment = image.segment(ofType: ElfImage.Segment.dynamic) else { return nil }
        // The address is the better guide: the file offset is often stale in images taken from memory.
        let offset = image.fileOffset(of: segment.address) ?? segment.offset
        let bytes = image.source.bytes(at: offset, count: Int(min(segment.fileSize, largestSegment)))
        var values: [UInt64: UInt64] = [:]
        var position = 0
        while let tag = bytes.uint64(at: position), let value = bytes.uint64(at: position + 8), tag != 0 {
            values[tag] = value
            position += 16
        }
        // DT_STRTAB, DT_SYMTAB, DT_STRSZ.
        guard let strings = values[5].flatMap({ image.fileOffset(of: ImageAddress(rawValue: $0)) }),
            let symbols = values[6].flatMap({ image.fileOffset(of: ImageAddress(rawValue: $0)) }),
            let stringSize = values[10], stringSize <= UInt64(largestTable),
            let count = symbolCount(values, in: image), count <= largestTable / entrySize
        else { return nil }
        let table = image.source.bytes(at: symbols, count: count * entrySize)
        let names = image.source.bytes(at: strings, count: Int(stringSize))
        guard table.count >= entrySize, !names.isEmpty else { return nil }
        return SymbolSource(table: table, strings: names, isComplete: false)
    }

    /// The dynamic segment does not say how many symbols there are; the hash tables do.
    private static func symbolCount(_ values: [UInt64: UInt64], in image: ElfImage) -> Int? {
        // DT_HASH: its second word, nchain, is the count.
        if let hash = values[4].flatMap({ image.fileOffset(of: ImageAddress(rawValue: $0)) }),
            let count = image.source.bytes(at: hash, count: 8).uint32(at: 4), count > 0
        {
            return Int(count)
        }
        guard let hash = values[0x6FFF_FEF5].flatMap({ image.fileOffset(of: ImageAddress(rawValue: $0)) }) else {
            return nil
        }
        return gnuHashCount(at: hash, in: image)
    }

    /// DT_GNU_HASH: the highest index in a bucket, then along its chain to the entry with bit 0 set.
    private static func gnuHashCount(at offset: FileOffset, in image: ElfImage) -> Int? {
        let header = image.source.bytes(at: offset, count: 16)
        guard let bucketCount = header.uint32(at: 0), let first = header.uint32(at: 4),
            let bloomCount = header.uint32(at: 8), bucketCount > 0,
            Int(bucketCount) <= largestTable / 4, Int(bloomCount) <= largestTable / 8
        else { return nil }
        let bucketOffset = offset.rawValue &+ 16 &+ UInt64(bloomCount) * 8
        let buckets = image.source.bytes(at: FileOffset(rawValue: bucketOffset), count: Int(bucketCount) * 4)
        var highest: UInt32 = 0
        for base in stride(from: 0, to: buckets.count - 3, by: 4) {
            highest = max(highest, buckets.uint32(at: base) ?? 0)
        }
        guard highest >= first else { return Int(first) }
        let chains = bucketOffset &+ UInt64(bucketCount) * 4
        var index = UInt64(highest)
        let longestChain: UInt64 = 1 << 16
        while index - UInt64(highest) < longestChain {
            let position = chains &+ (index - UInt64(first)) &* 4
            guard let hash = image.source.bytes(at: FileOffset(rawValue: position), count: 4).uint32(at: 0) else {
                return nil
            }
            index += 1
            if hash & 1 != 0 { return Int(index) }
        }
        return nil
    }
}
