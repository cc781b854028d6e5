/// Decodes RFC 3492 as Rust uses it: `_` stands for the hyphen that separates the ASCII part.
enum Punycode {
    private static let longest = 1024

    /// UTF-8 of the decoded identifier; nil when malformed.
    static func decoded(_ encoded: [UInt8]) -> [UInt8]? {
        guard encoded.count <= longest else { return nil }
        var scalars: [UInt32] = []
        var rest = encoded[...]
        if let separator = encoded.lastIndex(of: UInt8(ascii: "_")) {
            scalars = encoded[..<separator].map(UInt32.init)
            rest = encoded[(separator + 1)...]
        }
        var code = 128
        var index = 0
        var bias = 72
        var isFirst = true
        while !rest.isEmpty {
            let previous = index
            var weight = 1
            var step = 36
            while true {
                guard let byte = rest.popFirst(), let digit = digit(byte) else { return nil }
                let (product, overflow) = digit.multipliedReportingOverflow(by: weight)
                let (sum, carry) = index.addingReportingOverflow(product)
                guard !overflow, !carry else { return nil }
                index = sum
                let threshold = step <= bias ? 1 : min(step - bias, 26)
                if digit < threshold { break }
                let (heavier, tooHeavy) = weight.multipliedReportingOverflow(by: 36 - threshold)
                guard !tooHeavy else { return nil }
                weight = heavier
                step += 36
            }
            let count = scalars.count + 1
            bias = adapted(index - previous, count: count, isFirst: isFirst)
            isFirst = false
            let (next, overflow) = code.addingReportingOverflow(index / count)
            guard !overflow, next <= 0x10FFFF else { return nil }
            code = next
            index %= count
            scalars.insert(UInt32(code), at: index)
            index += 1
        }
        var result = ""
        for value in scalars {
            guard let scalar = Unicode.Scalar(value) else { return nil }
            result.unicodeScalars.append(scalar)
        }
        return Array(result.utf8)
    }

    private static func digit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte - UInt8(ascii: "a"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0")) + 26
        default: nil
        }
    }

    private static func adapted(_ delta: Int, count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var result = 0
        while delta > (36 - 1) * 26 / 2 {
            delta /= 36 - 1
            result += 36
        }
        return result + (36 * delta) / (delta + 38)
    }
}
