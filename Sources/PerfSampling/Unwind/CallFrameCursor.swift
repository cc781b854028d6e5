/// Reads numbers of call frame information from bytes that nobody vouches for.
///
/// Once something was missing or malformed all further reads give 0 and `isBroken` stays set.
struct CallFrameCursor {
    let bytes: [UInt8]
    private(set) var position: Int
    let end: Int
    private(set) var isBroken = false

    init(_ bytes: [UInt8], from position: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.end = min(max(end ?? bytes.count, 0), bytes.count)
        self.position = min(max(position, 0), self.end)
    }

    var isAtEnd: Bool { position >= end }

    mutating func byte() -> UInt8 {
        guard position < end else {
            isBroken = true
            return 0
        }
        defer { position += 1 }
        return bytes[position]
    }

    /// A little-endian number of 1 to 8 bytes.
    mutating func fixed(_ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count {
            value |= UInt64(byte()) << UInt64(8 * index)
        }
        return value
    }

    mutating func signed(_ count: Int) -> Int64 {
        let shift = UInt64(64 - 8 * count)
        return Int64(bitPattern: fixed(count) << shift) >> Int64(shift)
    }

    mutating func unsignedLEB() -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            let next = byte()
            value |= UInt64(next & 0x7F) << UInt64(7 * index)
            if next & 0x80 == 0 { return value }
        }
        isBroken = true
        return 0
    }

    mutating func signedLEB() -> Int64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            let next = byte()
            let shift = UInt64(7 * index)
            value |= UInt64(next & 0x7F) << shift
            guard next & 0x80 == 0 else { continue }
            if next & 0x40 != 0, shift + 7 < 64 { value |= ~0 << (shift + 7) }
            return Int64(bitPattern: value)
        }
        isBroken = true
        return 0
    }

    mutating func skip(_ count: UInt64) {
        guard count <= UInt64(end - position) else {
            isBroken = true
            return
        }
        position += Int(count)
    }

    mutating func fail() {
        isBroken = true
    }

    /// A pointer in one of the encodings of the LSB's DW_EH_PE_ constants; `address` is that of the first byte read.
    ///
    /// Relative to the pointer itself or absolute; what is relative to anything else does not occur in call frames
    /// of Linux programs.
    mutating func pointer(encoding: UInt8, address: UInt64) -> UInt64 {
        let value: UInt64
        switch encoding & 0x0F {
        case 0x00, 0x04, 0x0C: value = fixed(8)
        case 0x01: value = unsignedLEB()
        case 0x02: value = fixed(2)
        case 0x03: value = fixed(4)
        case 0x09: value = UInt64(bitPattern: signedLEB())
        case 0x0A: value = UInt64(bitPattern: signed(2))
        case 0x0B: value = UInt64(bitPattern: signed(4))
        default:
            isBroken = true
            return 0
        }
        switch encoding & 0xF0 {
        case 0x00: return value
        case 0x10: return value &+ address
        default:
            isBroken = true
            return 0
        }
    }
}
