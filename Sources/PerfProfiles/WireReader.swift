/// Reads protobuf's wire format inside a range of bytes that nobody vouches for.
///
/// It holds positions only; the bytes are passed to every call, so that nested messages cost no reference counting.
/// Source: protobuf.dev, "Encoding".
struct WireReader {
    /// One field of a message.
    struct Field {
        var number: Int
        var type: WireType
        /// The value of a varint or fixed field.
        var value: UInt64
        /// The contents of a length-delimited field; empty for all others.
        var range: Range<Int>
    }

    /// Nested groups that are skipped; protobuf's own runtimes have the same limit.
    private static let deepestGroup = 100

    private(set) var position: Int
    let end: Int

    /// - Parameter range: inside the bytes that are passed to the other calls.
    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    @inline(__always)
    mutating func varint(in bytes: Span<UInt8>) throws(PprofError) -> UInt64 {
        // Most numbers have one or two bytes.
        if position < end {
            let first = bytes[position]
            if first < 0x80 {
                position += 1
                return UInt64(first)
            }
            if position + 1 < end, bytes[position + 1] < 0x80 {
                position += 2
                return UInt64(first & 0x7F) | UInt64(bytes[position - 1]) << 7
            }
        }
        return try longVarint(in: bytes)
    }

    @inline(never)
    private mutating func longVarint(in bytes: Span<UInt8>) throws(PprofError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var next = position
        while next < end {
            let byte = bytes[next]
            next += 1
            // The tenth byte holds the last of 64 bits.
            if shift == 63 && byte > 1 {
                throw PprofError(.malformed("a number at byte \(position) has more than 64 bits"))
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                position = next
                return value
            }
            shift += 7
        }
        throw truncated("a number")
    }

    /// The next field; nil at the end of the message.
    ///
    /// Groups, which profiles do not use, are skipped.
    mutating func next(in bytes: Span<UInt8>) throws(PprofError) -> Field? {
        while position < end {
            let start = position
            let field = try fieldOrGroup(in: bytes)
            switch field.type {
            case .startGroup: try skipGroup(in: bytes)
            case .endGroup: throw PprofError(.malformed("a group ends at byte \(start) that did not begin"))
            default: return field
            }
        }
        return nil
    }

    private mutating func fieldOrGroup(in bytes: Span<UInt8>) throws(PprofError) -> Field {
        let start = position
        let key = try varint(in: bytes)
        guard let type = WireType(rawValue: key & 7) else {
            throw PprofError(.malformed("the field at byte \(start) has the unknown wire type \(key & 7)"))
        }
        let number = key >> 3
        guard number >= 1, number < 1 << 29 else {
            throw PprofError(.malformed("the field at byte \(start) has the invalid number \(number)"))
        }
        var field = Field(number: Int(number), type: type, value: 0, range: position..<position)
        switch type {
        case .varint:
            field.value = try varint(in: bytes)
        case .lengthDelimited:
            let length = try varint(in: bytes)
            guard length <= UInt64(end - position) else {
                throw truncated("field \(number) of \(length) bytes")
            }
            field.range = position..<position + Int(length)
            position += Int(length)
        case .fixed64:
            field.value = try fixed(byteCount: 8, in: bytes)
        case .fixed32:
            field.value = try fixed(byteCount: 4, in: bytes)
        case .startGroup, .endGroup:
            break
        }
        return field
    }

    private mutating func fixed(byteCount: Int, in bytes: Span<UInt8>) throws(PprofError) -> UInt64 {
        guard end - position >= byteCount else { throw truncated("a number of \(byteCount) bytes") }
        var value: UInt64 = 0
        for index in 0..<byteCount {
            value |= UInt64(bytes[position + index]) << UInt64(8 * index)
        }
        position += byteCount
        return value
    }

    private mutating func skipGroup(in bytes: Span<UInt8>) throws(PprofError) {
        var depth = 1
        while depth > 0 {
            switch try fieldOrGroup(in: bytes).type {
            case .startGroup: depth += 1
            case .endGroup: depth -= 1
            default: break
            }
            if depth > Self.deepestGroup {
                throw PprofError(.malformed("groups nest deeper than \(Self.deepestGroup) at byte \(position)"))
            }
        }
    }

    private func truncated(_ what: String) -> PprofError {
        PprofError(.truncated("\(what) at byte \(position) reaches beyond the end"))
    }
}
