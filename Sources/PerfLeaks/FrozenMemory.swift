import PerfModel

/// Memory of a process that does not change while it is read: that of a snapshot.
package protocol FrozenMemory: MemoryReader {
    /// Reads from an address on.
    ///
    /// - Returns: how many bytes it got, from the beginning; less than there is room where memory ends.
    func read(_ address: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// What was ever written to of a range of private memory; rising.
    func written(_ range: Range<UInt64>) -> [Range<UInt64>]
}

extension FrozenMemory {
    package func written(_ range: Range<UInt64>) -> [Range<UInt64>] { [range] }

    package func memory(at address: CodeAddress, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        // SAFETY: the buffer has room for that many, and so many as were read are initialized.
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = unsafe read(address.rawValue, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// The words from an address on, as many as can be read.
    func words(at address: UInt64, count: Int) -> [UInt64] {
        guard count > 0 else { return [] }
        // SAFETY: the buffer has room for that many words, and so many as were read whole are initialized.
        return unsafe [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = unsafe read(address, into: UnsafeMutableRawBufferPointer(buffer)) / 8
        }
    }

    func word(at address: UInt64) -> UInt64? { words(at: address, count: 1).first }
}
