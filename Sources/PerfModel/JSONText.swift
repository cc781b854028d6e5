/// JSON that is safe to print on a terminal.
package enum JSONText {
    /// The same JSON with the characters of ``Swift/String/printable`` as `\u` escapes.
    ///
    /// JSON has such characters in strings only, where an escape means the same. C0 is escaped by every encoder.
    package static func escapingUnprintable(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7F }) else { return json }
        var result: [UInt8] = []
        result.reserveCapacity(json.count + json.count / 16)
        var index = 0
        while index < json.count {
            let length = escapableLength(json, at: index)
            if length == 0 {
                result.append(json[index])
                index += 1
                continue
            }
            let text = String(decoding: json[index..<index + length], as: UTF8.self)
            for unit in text.utf16 {
                let digits = String(unit, radix: 16)
                result.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
            }
            index += length
        }
        return result
    }

    /// Number of bytes of the unprintable character at `index`; 0 when it is printable.
    private static func escapableLength(_ json: [UInt8], at index: Int) -> Int {
        // All of them are in the planes of one to three bytes.
        let length =
            switch json[index] {
            case 0x7F: 1
            case 0xC2: 2
            case 0xE2, 0xEF: 3
            default: 0
            }
        guard length > 0, index + length <= json.count else { return 0 }
        let text = String(decoding: json[index..<index + length], as: UTF8.self)
        return text.printable == text ? 0 : length
    }
}
