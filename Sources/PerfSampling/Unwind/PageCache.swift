import PerfModel
import PerfSymbols

/// The pages of files that an unwinder read last; bounded, for one thread.
///
/// Files are read with pread and never mapped: a target that truncates its own executable must not kill the
/// profiler.
final class PageCache {
    private struct Page {
        var image: UInt32 = 0
        var number: UInt64 = 0
        var bytes: [UInt8] = []
    }

    static let pageSize = 4096
    private var pages: [Page]

    /// - Parameter capacity: pages of 4 KiB; a power of two.
    init(capacity: Int = 1024) {
        pages = Array(repeating: Page(), count: capacity)
    }

    /// `count` bytes, at most 8, as a little-endian number; nil beyond the end of the file.
    func word(of image: UnwindImage, at offset: UInt64, count: Int = 8) -> UInt64? {
        let inPage = Int(offset % UInt64(Self.pageSize))
        if inPage + count <= Self.pageSize {
            return withPage(of: image, number: offset / UInt64(Self.pageSize)) { bytes in
                guard inPage + count <= bytes.count else { return nil }
                var value: UInt64 = 0
                for index in 0..<count {
                    value |= UInt64(bytes[inPage + index]) << UInt64(8 * index)
                }
                return value
            }
        }
        var value: UInt64 = 0
        for index in 0..<count {
            guard let byte = word(of: image, at: offset &+ UInt64(index), count: 1) else { return nil }
            value |= byte << UInt64(8 * index)
        }
        return value
    }

    /// At most `count` bytes; fewer at the end of the file.
    func bytes(of image: UnwindImage, at offset: UInt64, count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var position = offset
        while result.count < count {
            let inPage = Int(position % UInt64(Self.pageSize))
            let got = withPage(of: image, number: position / UInt64(Self.pageSize)) { bytes in
                guard inPage < bytes.count else { return 0 }
                let end = min(bytes.count, inPage + count - result.count)
                result.append(contentsOf: bytes[inPage..<end])
                return end - inPage
            }
            guard got > 0 else { break }
            position += UInt64(got)
        }
        return result
    }

    private func withPage<Result>(of image: UnwindImage, number: UInt64, _ body: ([UInt8]) -> Result) -> Result {
        let hash = (number &+ UInt64(image.id) &* 0x9E37_79B9_7F4A_7C15) &* 0x9E37_79B9_7F4A_7C15
        let slot = Int(truncatingIfNeeded: hash >> 40) & (pages.count - 1)
        if pages[slot].image != image.id || pages[slot].number != number || pages[slot].bytes.isEmpty {
            let offset = FileOffset(rawValue: number &* UInt64(Self.pageSize))
            let bytes = image.elf.source.bytes(at: offset, count: Self.pageSize)
            pages[slot] = Page(image: image.id, number: number, bytes: bytes)
        }
        return body(pages[slot].bytes)
    }
}
