import PerfModel
import PerfSymbols
import Synchronization

/// What is mapped where in a process at one time.
package final class AddressSpace: Sendable {
    /// A mapping.
    package struct Region: Sendable {
        package let start: CodeAddress
        /// The first address behind it.
        package let end: CodeAddress
        package let fileOffset: FileOffset
        /// The file; nil for anonymous memory and for files that are no ELF images.
        package let image: UnwindImage?
        package let isExecutable: Bool
        /// Runtime address minus image address.
        let bias: UInt64

        package init(
            start: CodeAddress, end: CodeAddress, fileOffset: FileOffset, image: UnwindImage?,
            isExecutable: Bool = true
        ) {
            self.start = start
            self.end = end
            self.fileOffset = fileOffset
            self.image = image
            self.isExecutable = isExecutable
            self.bias =
                image.map { image in
                    start.rawValue &- image.elf.imageAddress(ofMapping: fileOffset, isExecutable: isExecutable).rawValue
                } ?? 0
        }

        /// The address as the linker assigned it; meaningless without an image.
        package func imageAddress(of address: CodeAddress) -> ImageAddress {
            ImageAddress(rawValue: address.rawValue &- bias)
        }
    }

    /// Different for each address space that ever was.
    package let id: UInt64
    /// Sorted and disjoint.
    package let regions: [Region]
    /// Reads what no file holds, such as code that was compiled at run time.
    package let memory: (any MemoryReader)?

    private static let lastID = Atomic<UInt64>(0)

    /// Takes mappings in any order; one that starts inside another is left out.
    package init(_ regions: [Region], memory: (any MemoryReader)? = nil) {
        var kept: [Region] = []
        for region in regions.sorted(by: { $0.start < $1.start }) where region.start < region.end {
            if let last = kept.last, region.start < last.end { continue }
            kept.append(region)
        }
        self.regions = kept
        self.memory = memory
        self.id = Self.lastID.add(1, ordering: .relaxed).newValue
    }

    /// Index of the region that holds an address.
    ///
    /// - Complexity: O(log n).
    package func regionIndex(containing address: CodeAddress) -> Int? {
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < regions[low - 1].end else { return nil }
        return low - 1
    }
}

extension AddressSpace {
    /// At most `count` bytes of code; fewer at the end of a region, none where nobody has them.
    func code(at address: UInt64, count: Int, pages: PageCache) -> [UInt8] {
        guard let index = regionIndex(containing: CodeAddress(rawValue: address)) else { return [] }
        let region = regions[index]
        let count = Int(min(UInt64(max(count, 0)), region.end.rawValue - address))
        guard let image = region.image else {
            return memory?.memory(at: CodeAddress(rawValue: address), count: count) ?? []
        }
        let offset = region.fileOffset.rawValue &+ (address - region.start.rawValue)
        return pages.bytes(of: image, at: offset, count: count)
    }

    /// Whether an address is what a call instruction would have pushed: executable, with a call before it.
    ///
    /// Memory that nobody can read passes: code compiled at run time has no file to check against.
    func isReturnAddress(_ address: UInt64, pages: PageCache) -> Bool {
        guard address >= 8, let index = regionIndex(containing: CodeAddress(rawValue: address - 1)),
            regions[index].isExecutable
        else { return false }
        let region = regions[index]
        guard let image = region.image else {
            let before = memory?.memory(at: CodeAddress(rawValue: address - 8), count: 8) ?? []
            return before.count < 8 || Instruction.endsWithCall(before)
        }
        let distance = address - region.start.rawValue
        guard distance >= 8 else { return false }
        let offset = region.fileOffset.rawValue &+ (distance - 8)
        guard let word = pages.word(of: image, at: offset) else { return false }
        return Instruction.endsWithCall((0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) })
    }
}
