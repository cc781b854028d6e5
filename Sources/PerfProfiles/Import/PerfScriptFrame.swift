/// A line of a stack in the text of `perf script`: `address symbol+0xoffset (image)`.
struct PerfScriptFrame {
    var address: UInt64
    /// Nil where perf knew none.
    var symbol: String?
    /// Nil where perf knew none.
    var image: String?
    /// Whether the function was inlined into that of the next line, which has the same address.
    var isInlined: Bool

    init?(_ line: ArraySlice<UInt8>) {
        let text = Self.trimmed(line)
        let digits = text.prefix { Self.hexadecimalDigit($0) != nil }
        guard (1...16).contains(digits.count), digits.endIndex < text.endIndex,
            Self.isBlank(text[digits.endIndex])
        else { return nil }
        address = digits.reduce(0) { $0 << 4 | UInt64(Self.hexadecimalDigit($1) ?? 0) }
        var rest = Self.trimmed(text[digits.endIndex...])
        image = nil
        isInlined = false
        if rest.last == UInt8(ascii: ")"), let open = Self.imageStart(in: rest) {
            let name = rest[(open + 1)..<(rest.endIndex - 1)]
            isInlined = name.elementsEqual("inlined".utf8)
            if !isInlined, !name.elementsEqual("[unknown]".utf8), !name.isEmpty {
                image = String(decoding: name, as: UTF8.self)
            }
            rest = Self.trimmed(rest[..<open])
        }
        let name = Self.withoutOffset(rest)
        symbol = name.isEmpty || name.elementsEqual("[unknown]".utf8) ? nil : String(decoding: name, as: UTF8.self)
    }

    /// Where the parenthesis of the image opens: after a blank, or at the beginning where there is no symbol.
    ///
    /// `(/memfd:pool (deleted))` has one inside.
    private static func imageStart(in text: ArraySlice<UInt8>) -> Int? {
        var search = text.dropLast()
        let deleted = " (deleted)".utf8
        if search.count > deleted.count, search.suffix(deleted.count).elementsEqual(deleted) {
            search = search.dropLast(deleted.count)
        }
        while let open = search.lastIndex(of: UInt8(ascii: "(")) {
            if open == text.startIndex || isBlank(text[open - 1]) { return open }
            search = search[..<open]
        }
        return nil
    }

    private static func withoutOffset(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let plus = text.lastIndex(of: UInt8(ascii: "+")) else { return text }
        let offset = text[(plus + 1)...]
        guard offset.count > 2, offset.starts(with: "0x".utf8),
            offset.dropFirst(2).allSatisfy({ hexadecimalDigit($0) != nil })
        else { return text }
        return text[..<plus]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = text.firstIndex(where: { !isBlank($0) }), let last = text.lastIndex(where: { !isBlank($0) })
        else { return text[text.endIndex...] }
        return text[first...last]
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        case 0x41...0x46: byte - 0x41 + 10
        default: nil
        }
    }
}
