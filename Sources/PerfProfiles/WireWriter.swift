/// Writes protobuf's wire format.
///
/// Source: protobuf.dev, "Encoding". Zero and empty are the defaults of proto3 and are not written.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// An `int64`: negative values take ten bytes, as protobuf has it.
    mutating func varint(_ value: Int64) {
        varint(UInt64(bitPattern: value))
    }

    mutating func field(_ number: Int, _ value: UInt64) {
        guard value != 0 else { return }
        varint(UInt64(number) << 3 | WireType.varint.rawValue)
        varint(value)
    }

    mutating func field(_ number: Int, _ value: Int64) {
        field(number, UInt64(bitPattern: value))
    }

    mutating func field(_ number: Int, _ value: Bool) {
        field(number, value ? 1 as UInt64 : 0)
    }

    /// A string, message or bytes field; written even when it is empty, because elements of a list may be.
    mutating func field(_ number: Int, _ value: some Collection<UInt8>) {
        varint(UInt64(number) << 3 | WireType.lengthDelimited.rawValue)
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func append(_ encoded: [UInt8]) {
        bytes.append(contentsOf: encoded)
    }

    /// Starts a message or packed list of yet unknown length.
    ///
    /// - Returns: what `end` needs.
    mutating func begin(_ number: Int) -> Int {
        varint(UInt64(number) << 3 | WireType.lengthDelimited.rawValue)
        bytes.append(0)
        return bytes.count
    }

    /// Ends what `begin` started.
    ///
    /// One byte was reserved for the length, which is enough for most messages; longer ones are moved.
    mutating func end(_ start: Int) {
        let length = bytes.count - start
        if length < 0x80 {
            bytes[start - 1] = UInt8(length)
            return
        }
        var encoded = WireWriter()
        encoded.varint(UInt64(length))
        bytes.replaceSubrange(start - 1..<start, with: encoded.bytes)
    }
}

/// How a field is stored; the numbers are those of protobuf's wire format.
enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case startGroup = 3
    case endGroup = 4
    case fixed32 = 5
}
