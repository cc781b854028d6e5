/// Where in a line a parser is.
struct ExpositionCursor {
    private let text: ArraySlice<UInt8>
    private let line: Int
    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>, line: Int) {
        self.text = text
        self.line = line
        rest = text
    }

    var isAtEnd: Bool { rest.isEmpty }
    var peek: UInt8? { rest.first }

    func error(_ reason: String) -> ExpositionError { ExpositionError(line: line, reason: reason, bytes: text) }

    /// - Returns: whether there were any.
    @discardableResult
    mutating func skipBlanks() -> Bool {
        let before = rest.count
        rest = rest.drop { ExpositionParser.isBlank($0) }
        return rest.count < before
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// All up to the next blank.
    mutating func word() -> String {
        let word = rest.prefix { !ExpositionParser.isBlank($0) }
        rest = rest[word.endIndex...]
        return String(decoding: word, as: UTF8.self)
    }

    /// A name of the plain form; empty where none starts here.
    mutating func name(allowsColon: Bool) -> String {
        func isFirst(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): allowsColon
            default: false
            }
        }
        guard let first = rest.first, isFirst(first) else { return "" }
        let name = rest.prefix { isFirst($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest[name.endIndex...]
        return String(decoding: name, as: UTF8.self)
    }

    /// A text between quotation marks, with `\\`, `\"` and `\n` resolved.
    mutating func quoted(atMost longest: Int) throws(ExpositionError) -> String {
        _ = take(UInt8(ascii: "\""))
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
                default: throw error("a backslash is before a sign that needs none")
                }
            default: bytes.append(byte)
            }
            guard bytes.count <= longest else { throw error("a text is longer than \(longest) bytes") }
        }
        throw error("a quotation mark is missing")
    }

    /// The rest as text, with `\\`, `\"` and `\n` resolved and other backslashes left.
    mutating func unescapedRest() -> String {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                bytes.append(byte)
                continue
            }
            switch next {
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes.append(next)
            default: bytes += [byte, next]
            }
            rest.removeFirst()
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number as Go and C write it: `1e3`, `+Inf`, `NaN`, `0x1p-2`.
    mutating func number(_ what: String) throws(ExpositionError) -> Double {
        let word = rest.prefix { !ExpositionParser.isBlank($0) && $0 != UInt8(ascii: "#") }
        guard !word.isEmpty else { throw error("the \(what) is missing") }
        guard word.count <= 64, let number = Self.number(String(decoding: word, as: UTF8.self)) else {
            throw error("the \(what) is no number")
        }
        rest = rest[word.endIndex...]
        return number
    }

    /// The same of a whole text; nil for what is none.
    static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan", "+nan", "-nan": .nan
        case "inf", "+inf", "infinity", "+infinity": .infinity
        case "-inf", "-infinity": -.infinity
        default:
            // Double takes nan(…) as well, and neither Prometheus nor OpenMetrics do.
            text.utf8.contains(UInt8(ascii: "(")) || text.lowercased().contains("n") ? nil : Double(text)
        }
    }
}
