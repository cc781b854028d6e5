/// Reads of little-endian integers out of untrusted bytes: out of range is nil, never a trap.
extension [UInt8] {
    func uint8(at offset: Int) -> UInt8? {
        indices.contains(offset) ? self[offset] : nil
    }

    func uint16(at offset: Int) -> UInt16? {
        guard offset >= 0, offset <= count - 2 else { return nil }
        return UInt16(self[offset]) | UInt16(self[offset + 1]) << 8
    }

    func uint32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        return UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    func uint64(at offset: Int) -> UInt64? {
        guard offset >= 0, offset <= count - 8, let low = uint32(at: offset), let high = uint32(at: offset + 4) else {
            return nil
        }
        return UInt64(low) | UInt64(high) << 32
    }

    /// The bytes from `offset` up to the next zero byte; nil when out of range or longer than `limit`.
    ///
    /// Bytes that are not UTF-8 are replaced.
    func terminatedString(at offset: Int, limit: Int = 32 << 10) -> String? {
        guard indices.contains(offset) else { return nil }
        let window = self[offset..<Swift.min(count, offset &+ limit)]
        guard let end = window.firstIndex(of: 0) else { return nil }
        return String(decoding: self[offset..<end], as: UTF8.self)
    }
}
