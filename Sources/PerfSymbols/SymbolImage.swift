import PerfLinux
import PerfModel

/// Something that holds code and may know the names of it.
package struct SymbolImage: Sendable {
    package enum Kind: Sendable {
        /// An executable or a library; debug files are looked up in the root first, then in ours.
        case elf(file: OpenFile, root: RootDirectory?)
        /// Bytes without a file: the vdso.
        case bytes([UInt8])
        /// The running kernel; its addresses are those of memory.
        case kernel
        /// Code made at run time; its addresses are those of memory.
        case perfMap(OpenFile)
    }

    /// As the process saw it, or a name in brackets: `"[kernel]"`, `"[vdso]"`.
    package var path: String
    package var kind: Kind
    /// The image, when somebody has read its headers already.
    package var elf: ElfImage?
    /// What the image itself names, when somebody has read its symbols already.
    package var symbols: SymbolTable?

    package init(path: String, kind: Kind, elf: ElfImage? = nil, symbols: SymbolTable? = nil) {
        self.path = path
        self.kind = kind
        self.elf = elf
        self.symbols = symbols
    }
}

/// What was found out about the addresses of an image.
package struct SymbolizedImage: Sendable {
    /// For each requested address, in the order of the request: innermost function first; empty when unknown.
    package var frames: [[SourceFrame]]
    /// Whether any names were there.
    package var hasSymbolTable = false
    /// Whether files, lines and inlined functions were there.
    package var hasDebugInfo = false
    /// Whether only exported names were there.
    package var isStripped = false
    /// Where the separate debug file was, if there was one.
    package var debugFile: String?
    package var warnings: [Warning] = []
}
