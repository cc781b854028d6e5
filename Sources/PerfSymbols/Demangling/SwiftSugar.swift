/// Writes Swift's types as people do: `[Int]?` instead of `Swift.Optional<Swift.Array<Swift.Int>>`.
///
/// `swift_demangle` has no option for it, unlike the `swift demangle` tool.
struct SwiftSugar {
    private static let deepest = 64
    private static let types: [(prefix: [UInt8], argumentCount: Int)] = [
        (Array("Swift.Optional<".utf8), 1), (Array("Swift.Array<".utf8), 1), (Array("Swift.Dictionary<".utf8), 2),
    ]

    private let text: [UInt8]

    static func sugared(_ name: String) -> String {
        let text = Array(name.utf8)
        let sugar = SwiftSugar(text: text)
        guard text.indices.contains(where: { sugar.type(at: $0) != nil }) else { return name }
        return String(decoding: sugar.rewritten(text.indices, depth: 0), as: UTF8.self)
    }

    private func rewritten(_ range: Range<Int>, depth: Int) -> [UInt8] {
        guard depth < Self.deepest else { return Array(text[range]) }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            if let type = type(at: position),
                let arguments = arguments(from: position + Self.types[type].prefix.count, to: range.upperBound),
                arguments.count == Self.types[type].argumentCount, let last = arguments.last
            {
                let written = arguments.map { rewritten($0, depth: depth + 1) }
                switch type {
                case 0: result += Self.needsParentheses(written[0]) ? Self.optional(written[0]) : written[0] + [0x3F]
                case 1: result += [0x5B] + written[0] + [0x5D]
                default: result += [0x5B] + written[0] + Array(" : ".utf8) + written[1] + [0x5D]
                }
                position = last.upperBound + 1
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }

    /// Index of the type whose angle bracket opens behind `position`.
    private func type(at position: Int) -> Int? {
        guard text[position] == UInt8(ascii: "S"), position == 0 || !Self.isNamePart(text[position - 1]) else {
            return nil
        }
        return Self.types.indices.first { text[position...].starts(with: Self.types[$0].prefix) }
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte >= 0x80
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }

    /// The arguments up to the bracket that closes; nil when it does not, or when it is a list of requirements.
    private func arguments(from start: Int, to limit: Int) -> [Range<Int>]? {
        var result: [Range<Int>] = []
        var depth = 0
        var argument = start
        for position in start..<limit {
            switch text[position] {
            case UInt8(ascii: "<"), UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ">") where text[position - 1] == UInt8(ascii: "-"): continue
            case UInt8(ascii: ">") where depth == 0:
                guard argument <= position else { return nil }
                result.append(argument..<position)
                let hasRequirements = text[start..<position].starts(with: " where ".utf8)
                return hasRequirements || result.contains { $0.isEmpty } ? nil : result
            case UInt8(ascii: ">"), UInt8(ascii: ")"), UInt8(ascii: "]"):
                depth -= 1
                if depth < 0 { return nil }
            case UInt8(ascii: ",") where depth == 0:
                guard argument <= position else { return nil }
                result.append(argument..<position)
                argument = position + 2
            default: continue
            }
        }
        return nil
    }

    private static func optional(_ type: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "(")] + type + Array(")?".utf8)
    }

    /// Functions and existentials: a space outside of brackets gives them away.
    private static func needsParentheses(_ type: [UInt8]) -> Bool {
        var depth = 0
        for (index, byte) in type.enumerated() {
            switch byte {
            case UInt8(ascii: "<"), UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ">") where index > 0 && type[index - 1] != UInt8(ascii: "-"): depth -= 1
            case UInt8(ascii: " ") where depth == 0: return true
            default: continue
            }
        }
        return false
    }
}
