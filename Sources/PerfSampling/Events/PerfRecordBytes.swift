/// The bytes of one record in a ring: header and body, valid until the ring's tail moves on.
///
/// Reads are bounds-checked; what lies outside is nil. Source: perf_event_open(2).
@safe package struct PerfRecordBytes {
    package let bytes: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
    }

    package var byteCount: Int { unsafe bytes.count }
    /// `PERF_RECORD_*`.
    package var type: UInt32 { uint32(at: 0) ?? 0 }
    /// `PERF_RECORD_MISC_*`.
    package var flags: UInt16 { uint32(at: 4).map { UInt16(truncatingIfNeeded: $0) } ?? 0 }

    package func uint32(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= byteCount - 4 else { return nil }
        // SAFETY: the four bytes lie inside the buffer.
        return unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    }

    package func int32(at offset: Int) -> Int32? {
        uint32(at: offset).map { Int32(bitPattern: $0) }
    }

    package func uint64(at offset: Int) -> UInt64? {
        guard offset >= 0, offset <= byteCount - 8 else { return nil }
        // SAFETY: the eight bytes lie inside the buffer.
        return unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// A text that ends with a zero byte, or before `end`.
    package func text(from offset: Int, before end: Int) -> String {
        guard offset >= 0, offset < end, end <= byteCount else { return "" }
        // SAFETY: the range lies inside the buffer.
        return unsafe String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[offset..<end]).prefix { $0 != 0 }, as: UTF8.self
        )
    }
}
