import PerfModel

extension ElfImage {
    /// The image address of the first byte of a mapping that starts at `offset`.
    ///
    /// Mappings start at page boundaries, so a page where one segment ends and the next begins is mapped twice:
    /// whether it is executable tells for which of the two, and the first byte may stand before the segment.
    package func imageAddress(ofMapping offset: FileOffset, isExecutable: Bool) -> ImageAddress {
        let page: UInt64 = 65536
        for segment in segments where segment.isLoaded && segment.isExecutable == isExecutable {
            let low = segment.offset.rawValue & ~4095
            let end = segment.offset.rawValue.addingReportingOverflow(segment.fileSize)
            guard offset.rawValue >= low, end.overflow || offset.rawValue < end.partialValue else { continue }
            return ImageAddress(rawValue: segment.address.rawValue &- segment.offset.rawValue &+ offset.rawValue)
        }
        // Aligned to larger pages, or a file whose headers lie: the nearest executable segment, else no shift.
        for segment in segments where segment.isLoaded && segment.isExecutable == isExecutable {
            guard offset.rawValue >= segment.offset.rawValue & ~(page - 1) else { continue }
            return ImageAddress(rawValue: segment.address.rawValue &- segment.offset.rawValue &+ offset.rawValue)
        }
        return imageAddress(at: offset) ?? ImageAddress(rawValue: offset.rawValue)
    }
}
