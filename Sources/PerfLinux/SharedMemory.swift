import CPerfLinux
import Glibc
import PerfModel

/// Memory without a file that other processes get as a descriptor and write into while we read.
///
/// It is sealed: nobody can shrink it under a reader. What it holds is never trusted; every read is checked against
/// its size. It stays readable after the others have ended.
@safe package final class SharedMemory: @unchecked Sendable {
    // Unchecked: the address and size never change, and single words are read and written whole.

    /// For ``LocalConnection/send(_:descriptors:)``; it stays owned by this object.
    package let descriptor: Int32
    package let byteCount: UInt64
    /// Nil where it is not mapped here.
    @usableFromInline let base: UnsafeMutableRawPointer?

    /// Makes memory of that size; pages are taken when they are first written to.
    ///
    /// - Parameters:
    ///   - name: what /proc/<pid>/maps calls it.
    ///   - byteCount: its size.
    ///   - isMapped: whether single values are read and written here.
    /// - Throws: when the limits do not allow it.
    package init(name: String, byteCount: UInt64, isMapped: Bool = true) throws(SystemCallError) {
        // SAFETY: the name is a terminated string for the duration of the call.
        let made = unsafe pd_shared_memory_create(name, byteCount)
        guard made >= 0 else {
            throw SystemCallError(operation: "make shared memory", subject: "\(byteCount) bytes", errno: -made)
        }
        descriptor = made
        self.byteCount = byteCount
        guard isMapped else {
            unsafe base = nil
            return
        }
        var address: UnsafeMutableRawPointer?
        // SAFETY: `address` outlives the call, which writes one pointer.
        let result = unsafe pd_shared_memory_map(made, byteCount, &address)
        guard result == 0, let address = unsafe address else {
            close(made)
            throw SystemCallError(operation: "map shared memory", subject: "\(byteCount) bytes", errno: -result)
        }
        unsafe base = address
    }

    deinit {
        // SAFETY: mapped by us with this size, and nobody else has the address.
        if let base = unsafe base { unsafe pd_shared_memory_unmap(base, byteCount) }
        close(descriptor)
    }

    /// Gives pages back, which are zeros from then on; everybody keeps the mappings.
    package func discard(from offset: UInt64) {
        guard offset < byteCount else { return }
        pd_shared_memory_discard(descriptor, offset, byteCount - offset)
    }

    /// Bytes of the pages that were ever written to; 0 where that is not known.
    package var allocatedByteCount: UInt64 {
        var status = stat()
        // SAFETY: `status` outlives the call, which writes it.
        guard unsafe fstat(descriptor, &status) == 0 else { return 0 }
        return UInt64(clamping: status.st_blocks) &* 512
    }

    /// A value of plain bytes; nil beyond the end.
    ///
    /// - Parameters:
    ///   - type: of the value.
    ///   - offset: bytes from the start.
    /// - Returns: the bytes there, as they are at this moment.
    @inlinable package func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: UInt64) -> Value? {
        guard let base = unsafe base, offset <= byteCount, byteCount - offset >= UInt64(MemoryLayout<Value>.size) else {
            return nil
        }
        // SAFETY: the range lies inside the mapping, which lives as long as this object.
        return unsafe base.loadUnaligned(fromByteOffset: Int(offset), as: type)
    }

    /// Stores a value of plain bytes; false beyond the end.
    @discardableResult
    package func store<Value: BitwiseCopyable>(_ value: Value, at offset: UInt64) -> Bool {
        guard let base = unsafe base, offset <= byteCount, byteCount - offset >= UInt64(MemoryLayout<Value>.size) else {
            return false
        }
        // SAFETY: the range lies inside the mapping, which lives as long as this object.
        unsafe base.storeBytes(of: value, toByteOffset: Int(offset), as: Value.self)
        return true
    }

    /// Hands out every word that is not zero, with its offset; they may change meanwhile.
    ///
    /// It reads what was ever written to, by pread: the memory may be larger than what can be mapped.
    package func forEachNonzeroWord(_ body: (_ offset: UInt64, _ word: UInt64) -> Void) {
        var position: UInt64 = 0
        let piece = 1 << 20
        // SAFETY: allocated with this size, and freed once at the end.
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: piece, alignment: 8)
        defer { unsafe buffer.deallocate() }
        while let range = writtenRange(from: position) {
            position = range.lowerBound
            while position < range.upperBound {
                let wanted = Int(min(UInt64(piece), range.upperBound - position))
                // SAFETY: the buffer has at least `wanted` bytes.
                let got = unsafe pread(descriptor, buffer, wanted, off_t(position))
                if got < 0 && errno == EINTR { continue }
                guard got >= 8 else { return }
                for offset in stride(from: 0, through: got - 8, by: 8) {
                    // SAFETY: eight bytes from here on were read.
                    let word = unsafe buffer.load(fromByteOffset: offset, as: UInt64.self)
                    if word != 0 { body(position + UInt64(offset), word) }
                }
                position += UInt64(got & ~7)
            }
        }
    }

    /// The next range that was ever written to, from an offset on.
    private func writtenRange(from offset: UInt64) -> Range<UInt64>? {
        var start: UInt64 = 0
        var end: UInt64 = 0
        // SAFETY: both outlive the call, which writes one number each.
        guard unsafe pd_shared_memory_data(descriptor, offset, &start, &end) == 1, start < end else { return nil }
        return start..<end
    }

    /// Wakes those who wait for a change of the word at `offset`.
    package func wake(at offset: UInt64) {
        guard let base = unsafe base, offset <= byteCount, byteCount - offset >= 4 else { return }
        // SAFETY: the word lies inside the mapping; the kernel reads nothing of it.
        unsafe pd_wake(base.advanced(by: Int(offset)).assumingMemoryBound(to: UInt32.self))
    }
}
