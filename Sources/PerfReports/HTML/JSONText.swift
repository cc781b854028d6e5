/// Compact JSON that may stand inside a `<script>` element.
///
/// `<` is escaped so that no `</script>` or `<!--` can end the element; U+2028 and U+2029 so that the text is also
/// a JavaScript literal.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { buffer in
            // SAFETY: the buffer is valid for the duration of the closure, which only copies out of it.
            unsafe bytes.append(contentsOf: buffer)
        }
    }

    mutating func key(_ name: StaticString) {
        raw("\"")
        raw(name)
        raw("\":")
    }

    /// A number that is not the first field of its object.
    mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        raw(",")
        key(name)
        integer(value)
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        guard value != 0 else {
            bytes.append(UInt8(ascii: "0"))
            return
        }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = UInt64(value.magnitude)
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        bytes[start...].reverse()
    }

    /// A number that JSON can hold; 0 for any other.
    mutating func number(_ value: Double) {
        bytes.append(contentsOf: (value.isFinite ? "\(value)" : "0").utf8)
    }

    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
                escape(scalar)
            default:
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func list<Elements: Sequence>(_ elements: Elements, _ write: (inout JSONText, Elements.Element) -> Void) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func integers(_ values: some Sequence<some FixedWidthInteger>) {
        list(values) { $0.integer($1) }
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        let digits = Array("0123456789abcdef".utf8)
        raw("\\u")
        for shift in [12, 8, 4, 0] {
            bytes.append(digits[Int(scalar.value >> UInt32(shift)) & 15])
        }
    }
}
