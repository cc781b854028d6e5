import PerfModel

/// Reads a profile whatever tool wrote it: pprof, the text of `perf script`, folded stacks.
///
/// The contents tell which it is, never the name; each may be compressed with gzip.
package enum ProfileReader {
    /// The profile in the contents of a file.
    ///
    /// - Parameters:
    ///   - bytes: the contents.
    ///   - file: its path, for the text of errors.
    ///   - limits: what a file may take in memory.
    /// - Returns: a profile that has no index out of range; lines that could not be read are counted in its warnings.
    /// - Throws: when the bytes are no profile, or a damaged one; the error names what is wrong.
    package static func profile(
        in bytes: [UInt8], file: String? = nil, limits: PprofLimits = PprofLimits()
    ) throws(PprofError) -> Profile {
        do throws(PprofError) {
            let contents =
                Gzip.isGzip(bytes) ? try Gzip.decompress(bytes, limit: limits.decompressedBytes) : bytes
            guard let kind = TextProfileKind(of: contents) else {
                return try Profile(decoding: contents, file: file, limits: limits)
            }
            guard contents.count <= limits.decompressedBytes else {
                throw PprofError(.tooLarge(what: "its text", limitBytes: limits.decompressedBytes))
            }
            switch kind {
            case .perfScript:
                var reader = PerfScriptReader(limits: limits)
                return try reader.profile(in: contents)
            case .foldedStacks:
                var reader = FoldedStacksReader(limits: limits)
                return try reader.profile(in: contents)
            }
        } catch {
            var named = error
            named.file = file
            throw named
        }
    }

    /// What a reader says about lines that it did not understand; nil when there were none.
    static func warning(malformedLines count: Int, first: String?, format: String) -> Warning? {
        guard count > 0 else { return nil }
        let example = first.map { ": '\(String($0.prefix(80)).printable)'" } ?? ""
        return Warning(
            code: "malformed_lines",
            message: count == 1
                ? "one line is not as in \(format) and was left out\(example)"
                : "\(count) lines are not as in \(format) and were left out; the first of them\(example)",
            remedy: "check that the file is complete and is \(format) alone"
        )
    }
}

/// Which kind of text holds stacks, judged by the first lines.
enum TextProfileKind {
    case perfScript, foldedStacks

    private static let headByteCount = 64 << 10
    private static let lineCount = 40

    /// Nil for everything else, text or not.
    init?(of bytes: [UInt8]) {
        let head = bytes.prefix(Self.headByteCount)
        guard head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }) else { return nil }
        var lines = TextLines(bytes)
        var (seen, folded, nested) = (0, 0, 0)
        while seen < Self.lineCount, lines.position < Self.headByteCount, let line = lines.next() {
            guard !line.isEmpty, line.first != UInt8(ascii: "#") else { continue }
            if PerfScriptHeader(line) != nil {
                self = .perfScript
                return
            }
            seen += 1
            if FoldedStacksReader.split(line) != nil {
                folded += 1
                if line.contains(UInt8(ascii: ";")) { nested += 1 }
            }
        }
        // Any text may have a line that ends in a number: without a semicolon, all lines must.
        guard folded > 0, nested > 0 ? folded * 2 > seen : folded == seen else { return nil }
        self = .foldedStacks
    }
}

/// The lines of a text, without their ends.
struct TextLines {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard position < bytes.count else { return nil }
        let rest = bytes[position...]
        var line = rest[..<(rest.firstIndex(of: 0x0A) ?? bytes.count)]
        position = line.endIndex + 1
        if line.last == 0x0D { line.removeLast() }
        return line
    }
}
