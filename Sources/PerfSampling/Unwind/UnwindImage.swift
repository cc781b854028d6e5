import PerfModel
import PerfSymbols
import Synchronization

/// An ELF file as the unwinder needs it; shared by all processes that map it.
package final class UnwindImage: Sendable {
    package let elf: ElfImage
    /// Different for each image that ever was; keys of caches.
    let id: UInt32
    let callFrames: CallFrameTables

    private let debugFile: ElfImage?
    private let table = Mutex<SymbolTable?>(nil)

    private static let lastID = Atomic<UInt32>(0)

    /// - Parameters:
    ///   - elf: the image that is mapped.
    ///   - debugFile: where its symbols are, too, when they were split off.
    package init(_ elf: ElfImage, debugFile: ElfImage? = nil) {
        self.elf = elf
        self.debugFile = debugFile
        self.id = Self.lastID.add(1, ordering: .relaxed).newValue
        self.callFrames = CallFrameTables(elf)
    }

    /// Reads the ELF headers of a file.
    package convenience init(source: any ByteSource) throws(ElfError) {
        self.init(try ElfImage(source))
    }

    /// The function symbols, read on first use.
    package var symbols: SymbolTable {
        table.withLock { table in
            if let table { return table }
            let new = SymbolTable([elf] + (debugFile.map { [$0] } ?? []))
            table = new
            return new
        }
    }

    /// The image's own function symbols if they have been read.
    package var knownSymbols: SymbolTable? {
        debugFile == nil ? table.withLock { $0 } : nil
    }
}
