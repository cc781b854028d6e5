/// Demangles Rust's legacy scheme: C++'s nested names with a hash at the end.
///
/// `_ZN4core3ptr8drop$LT$T$GT$17h0123456789abcdefE` is `core::ptr::drop<T>`.
enum RustLegacyName {
    /// Nil for anything else, C++ names included.
    static func demangled(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        guard bytes.starts(with: "_ZN".utf8), bytes.last == UInt8(ascii: "E") else { return nil }
        var parts: [[UInt8]] = []
        var position = 3
        while position < bytes.count - 1 {
            var length = 0
            let start = position
            while position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") {
                length = length * 10 + Int(bytes[position] - UInt8(ascii: "0"))
                guard length < bytes.count else { return nil }
                position += 1
            }
            guard position > start, length > 0, position + length < bytes.count else { return nil }
            parts.append(Array(bytes[position..<position + length]))
            position += length
        }
        guard parts.count > 1, let hash = parts.popLast(), isHash(hash) else { return nil }
        return parts.map(decoded).joined(separator: "::")
    }

    /// `h` and 16 hexadecimal digits, not all of which are the same few: C++ has names like that, too.
    private static func isHash(_ part: [UInt8]) -> Bool {
        guard part.count == 17, part[0] == UInt8(ascii: "h") else { return false }
        let digits = part.dropFirst()
        let areHexadecimal = digits.allSatisfy {
            ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || ($0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "f"))
        }
        return areHexadecimal && Set(digits).count >= 5
    }

    private static let escapes: [String: String] = [
        "SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
    ]

    private static func decoded(_ part: [UInt8]) -> String {
        var result = ""
        // A leading underscore only keeps an escape from standing first.
        var rest = part.starts(with: "_$".utf8) ? part.dropFirst() : part[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "."), rest.first == UInt8(ascii: ".") {
                rest.removeFirst()
                result += "::"
            } else if byte == UInt8(ascii: "$"), let end = rest.firstIndex(of: UInt8(ascii: "$")),
                let text = unescaped(String(decoding: rest[..<end], as: UTF8.self))
            {
                result += text
                rest = rest[(end + 1)...]
            } else {
                // Runs of plain bytes may hold UTF-8.
                let end = rest.firstIndex { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: ".") } ?? rest.endIndex
                result += String(decoding: [byte] + rest[..<end], as: UTF8.self)
                rest = rest[end...]
            }
        }
        return result
    }

    /// `LT` is `<`; `u20` is the character with that hexadecimal number.
    private static func unescaped(_ escape: String) -> String? {
        if let text = escapes[escape] { return text }
        guard escape.utf8.first == UInt8(ascii: "u"), escape.utf8.count <= 7,
            let value = UInt32(escape.dropFirst(), radix: 16), let scalar = Unicode.Scalar(value), value >= 0x20
        else { return nil }
        return String(scalar)
    }
}
