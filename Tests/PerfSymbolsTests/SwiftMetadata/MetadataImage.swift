import PerfModel

/// Swift metadata made by hand.
struct MetadataImage {
    let start: UInt64
    private var bytes = [UInt8](repeating: 0, count: 4096)

    init(start: UInt64) {
        self.start = start
    }

    var memory: BytesMemory { BytesMemory(start: start, bytes: bytes) }

    mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        for index in 0..<Value.bitWidth / 8 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> Value(8 * index))
        }
    }

    mutating func put(_ text: [UInt8], at offset: Int) {
        bytes.replaceSubrange(offset..<offset + text.count, with: text)
    }

    /// A 32-bit offset from one place to another.
    mutating func relate(_ offset: Int, to target: Int) {
        put(Int32(target - offset), at: offset)
    }

    /// `class Loop<Value>` of the module main, its argument being its own metadata.
    mutating func addSelfReferringClass() -> UInt64 {
        let (module, descriptor, metadata) = (256, 512, 1024)
        put([UInt8]("main\0".utf8), at: 64)
        put([UInt8]("Loop\0".utf8), at: 72)
        put(UInt32(0), at: module)
        relate(module + 8, to: 64)
        // A generic class, with its one parameter at the end of ten words of metadata.
        put(UInt32(16 | 0x80), at: descriptor)
        relate(descriptor + 4, to: module)
        relate(descriptor + 8, to: 72)
        put(UInt32(2), at: descriptor + 24)
        put(UInt32(10), at: descriptor + 28)
        put(UInt32(1), at: descriptor + 32)
        put(UInt16(1), at: descriptor + 52)
        put(UInt16(1), at: descriptor + 56)
        put(UInt8(0x80), at: descriptor + 60)
        put(start + 2048, at: metadata - 16)
        put(start + 2048, at: metadata - 8)
        put(UInt64(2), at: metadata + 16)
        put(UInt32(16), at: metadata + 24)
        put(UInt16(7), at: metadata + 28)
        put(start + UInt64(descriptor), at: metadata + 40)
        put(start + UInt64(metadata), at: metadata + 72)
        return start + UInt64(metadata)
    }

    /// A box with the given capture's mangled type.
    mutating func addBox(mangled: [UInt8]) -> UInt64 {
        let (name, captures, metadata) = (1536, 1300, 1024)
        put(mangled + [0], at: name)
        put(UInt32(1), at: captures)
        put(UInt32(0), at: captures + 4)
        put(UInt32(0), at: captures + 8)
        relate(captures + 12, to: name)
        put(start + 2048, at: metadata - 16)
        put(UInt64(0x400), at: metadata)
        put(UInt64(16), at: metadata + 8)
        put(start + UInt64(captures), at: metadata + 16)
        return start + UInt64(metadata)
    }
}
