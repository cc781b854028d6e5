import CZlib

/// Sections with `SHF_COMPRESSED`.
enum CompressedSection {
    private static let headerSize = 24
    /// Deflate cannot expand more than this; a larger claim is a lie.
    private static let greatestRatio = 1032

    /// What `raw` expands to; empty when it is damaged, claims more than `limit`, or is not zlib.
    static func contents(_ raw: [UInt8], limit: Int) -> [UInt8] {
        // Elf64_Chdr: type (1 is zlib), reserved, size, alignment.
        guard raw.count > headerSize, raw.uint32(at: 0) == 1, let size = raw.uint64(at: 8), size > 0,
            size <= UInt64(limit), Int(size) / greatestRatio <= raw.count
        else { return [] }
        // SAFETY: both buffers are valid for the lengths passed; zlib writes no more than `produced` bytes and
        // sets it to what it wrote, which becomes the initialized count.
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { output, initialized in
            initialized = 0
            unsafe raw.withUnsafeBufferPointer { input in
                guard let source = input.baseAddress, let target = output.baseAddress else { return }
                var produced = UInt(output.count)
                let result = unsafe uncompress(
                    target, &produced, source.advanced(by: headerSize), UInt(input.count - headerSize)
                )
                if result == Z_OK { initialized = Int(produced) }
            }
        }
    }
}
