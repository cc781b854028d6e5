/// Reads JSON (RFC 8259), and the NaN and Infinity that Python writes.
///
/// A decoder of Codable types throws several errors for each number of a value whose type nobody knows; this takes
/// 20 ns for one, and says where a text is wrong.
struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    /// Deeper than any result, and shallower than a thread's stack.
    private static let deepest = 128

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ReadingProblem) -> JSONValue {
        // Some editors begin a text with a mark of its byte order.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
        let value = try value()
        skipBlanks()
        guard index == bytes.count else { throw problem("more text after the end") }
        return value
    }

    private mutating func value() throws(ReadingProblem) -> JSONValue {
        skipBlanks()
        guard index < bytes.count else { throw problem("the text ends early") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try nested { (parser) throws(ReadingProblem) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(ReadingProblem) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: break
        }
        let words: [(String, JSONValue)] = [
            ("true", .boolean(true)), ("false", .boolean(false)), ("null", .null), ("NaN", .number(.nan)),
            ("Infinity", .number(.infinity)),
        ]
        for (word, value) in words where bytes[index...].starts(with: word.utf8) {
            index += word.utf8.count
            return value
        }
        throw problem("neither a value nor the end")
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(ReadingProblem) -> JSONValue
    ) throws(ReadingProblem) -> JSONValue {
        guard depth < Self.deepest else { throw problem("nested more than \(Self.deepest) times") }
        depth += 1
        index += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(ReadingProblem) -> JSONValue {
        var object: [String: JSONValue] = [:]
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipBlanks()
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw problem("a key is missing") }
            let place = index
            let key = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw problem("a colon is missing") }
            let value = try value()
            guard object.updateValue(value, forKey: key) == nil else {
                index = place
                throw problem("the key '\(key)' occurs twice")
            }
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(object) }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or } is missing") }
        }
    }

    private mutating func array() throws(ReadingProblem) -> JSONValue {
        var elements: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw problem("a comma or ] is missing") }
        }
    }

    private mutating func number() throws(ReadingProblem) -> Double {
        let start = index
        let isNegative = take(UInt8(ascii: "-"))
        if isNegative, bytes[index...].starts(with: "Infinity".utf8) {
            index += "Infinity".utf8.count
            return -.infinity
        }
        var whole: Int64 = 0
        var digits = 0
        while let digit = digit() {
            if digits < 18 { whole = whole * 10 + digit }
            digits += 1
        }
        guard digits > 0 else { throw problem("a digit is missing") }
        // Below 2^53 a whole number is exact.
        let isWhole = index >= bytes.count || !".eE".utf8.contains(bytes[index])
        if isWhole, digits <= 15 { return isNegative ? -Double(whole) : Double(whole) }
        if take(UInt8(ascii: ".")) {
            guard digit() != nil else { throw problem("a digit is missing behind the point") }
            while digit() != nil {}
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digit() != nil else { throw problem("a digit is missing in the exponent") }
            while digit() != nil {}
        }
        guard let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)) else {
            throw problem("a number that cannot be read")
        }
        return value
    }

    private mutating func digit() -> Int64? {
        guard index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
        index += 1
        return Int64(bytes[index - 1] - UInt8(ascii: "0"))
    }

    private mutating func string() throws(ReadingProblem) -> String {
        index += 1
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw problem("a control character within a text", at: index - 1)
            default: text.append(byte)
            }
        }
        throw problem("a text without an end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ReadingProblem) {
        guard index < bytes.count else { throw problem("a text without an end") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try codeUnit()]
            // The second half of a pair; a half alone becomes U+FFFD.
            if UTF16.isLeadSurrogate(units[0]), bytes[index...].starts(with: "\\u".utf8) {
                index += 2
                units.append(try codeUnit())
            }
            text += Array(String(decoding: units, as: UTF16.self).utf8)
        default: throw problem("an escape that JSON does not know", at: index - 1)
        }
    }

    private mutating func codeUnit() throws(ReadingProblem) -> UInt16 {
        let digits = bytes[index...].prefix(4)
        let isHexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        guard digits.count == 4, isHexadecimal, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits are missing") }
        index += 4
        return unit
    }

    private mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private func problem(_ reason: String, at place: Int? = nil) -> ReadingProblem {
        let before = bytes.prefix(min(place ?? index, bytes.count))
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - ((before.lastIndex(of: 0x0A) ?? -1) + 1) + 1
        return ReadingProblem(place: "line \(line), column \(column)", reason: reason)
    }
}

extension JSONValue {
    /// Reads a text.
    ///
    /// - Parameter bytes: JSON in UTF-8; NaN and Infinity are numbers.
    /// - Returns: the value.
    /// - Throws: where it is wrong and why; a key that occurs twice is wrong.
    package static func parsed(_ bytes: [UInt8]) throws(ReadingProblem) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ReadingProblem(place: "", reason: "it is no text (UTF-8)")
        }
        var parser = JSONParser(bytes)
        return try parser.document()
    }
}
