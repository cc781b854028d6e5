/// Bytes of a file of the kernel, cut up without making strings of them.
typealias Bytes = ArraySlice<UInt8>

extension Array where Element == UInt8 {
    /// Its lines, empty ones left out.
    var lines: [Bytes] { split(separator: UInt8(ascii: "\n")) }
}

extension Bytes {
    /// What stands between blanks and tabs.
    var fields: [Bytes] {
        split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    var text: String { String(decoding: self, as: UTF8.self) }

    /// A decimal number of digits alone; nil for anything else, and beyond 64 bits.
    var unsigned: UInt64? {
        guard !isEmpty, count <= 20 else { return nil }
        var result: UInt64 = 0
        for byte in self {
            guard byte >= 48, byte <= 57 else { return nil }
            let (product, tooLarge) = result.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - 48))
            if tooLarge || overflow { return nil }
            result = sum
        }
        return result
    }

    var hexadecimal: UInt64? {
        guard !isEmpty, count <= 16 else { return nil }
        var result: UInt64 = 0
        for byte in self {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: return nil
            }
            result = result << 4 | UInt64(digit)
        }
        return result
    }

    /// A number such as `12.34`, not negative.
    var decimal: Double? {
        guard let first, first >= 48, first <= 57, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Without blanks, tabs and line ends at its ends.
    var trimmed: Bytes {
        func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }
        guard let start = firstIndex(where: { !isBlank($0) }), let end = lastIndex(where: { !isBlank($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[start...end]
    }

    func hasPrefix(_ prefix: StaticString) -> Bool {
        let length = prefix.utf8CodeUnitCount
        guard count >= length else { return false }
        // SAFETY: the constant's bytes live as long as the program.
        let wanted = unsafe UnsafeBufferPointer(start: prefix.utf8Start, count: length)
        return unsafe self.prefix(length).elementsEqual(wanted)
    }
}

extension [String: UInt64] {
    /// Reads lines of `name value`, as vmstat, memory.stat and cpu.stat have; others are passed over.
    init(namedLines bytes: [UInt8]) {
        self.init()
        reserveCapacity(bytes.count / 24)
        for line in bytes.lines {
            let fields = line.fields
            guard fields.count == 2, let value = fields[1].unsigned else { continue }
            self[fields[0].text] = value
        }
    }
}
