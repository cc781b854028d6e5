/// What a file that is no profile seems to be, judged by its first bytes.
package enum FileKind: String, Hashable, Sendable, CaseIterable {
    case elf, perfData, json, html, compressed, archive, script, foldedStacks, text, unknown

    /// Magic numbers; from the formats' own definitions.
    private static let magics: [(prefix: [UInt8], kind: FileKind)] = [
        ([0x7F, 0x45, 0x4C, 0x46], .elf),
        (Array("PERFILE2".utf8), .perfData),
        (Array("2ELIFREP".utf8), .perfData),
        ([0x28, 0xB5, 0x2F, 0xFD], .compressed),  // zstd
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .compressed),  // xz
        ([0x42, 0x5A, 0x68], .compressed),  // bzip2
        ([0x50, 0x4B, 0x03, 0x04], .archive),  // zip
        (Array("#!".utf8), .script),
    ]

    package init(of bytes: [UInt8]) {
        if let match = Self.magics.first(where: { bytes.starts(with: $0.prefix) }) {
            self = match.kind
            return
        }
        // A tar file carries its magic behind the first file's name.
        if bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8) {
            self = .archive
            return
        }
        let head = bytes.prefix(4096)
        guard !head.isEmpty, head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }) else {
            self = .unknown
            return
        }
        let text = head.drop { (0x09...0x0D).contains($0) || $0 == 0x20 }
        switch text.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .json
        case UInt8(ascii: "<"): self = .html
        default: self = Self.looksFolded(text) ? .foldedStacks : .text
        }
    }

    /// `root;…;leaf value` on the first line.
    private static func looksFolded(_ text: ArraySlice<UInt8>) -> Bool {
        let line = text.prefix { $0 != 0x0A }
        guard let space = line.lastIndex(of: 0x20), line.contains(UInt8(ascii: ";")) else { return false }
        let value = line[(space + 1)...]
        return !value.isEmpty && value.allSatisfy { (0x30...0x39).contains($0) }
    }

    var explanation: String {
        switch self {
        case .elf: "a program or library (ELF)"
        case .perfData: "a recording of Linux perf (perf.data)"
        case .json: "JSON"
        case .html: "HTML or XML"
        case .compressed: "data compressed by something else than gzip (zstd, xz or bzip2)"
        case .archive: "an archive (zip or tar)"
        case .script: "a script"
        case .foldedStacks: "folded stacks"
        case .text: "text"
        case .unknown: "binary data of an unknown kind"
        }
    }

    var remedy: String {
        switch self {
        case .elf, .script: "record it first: perfdoctor record -o FILE.pb.gz -- PROGRAM"
        case .perfData: "perf script -i perf.data | perfdoctor report -"
        case .compressed, .archive: "unpack it first, and name the .pb.gz file inside"
        case .json, .html, .foldedStacks, .text, .unknown:
            "name a file that perfdoctor record wrote, another pprof profile, perf script text or folded stacks"
        }
    }
}
