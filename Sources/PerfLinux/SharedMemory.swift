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
    @usableFromInline let base: UnsafeMutableRawPointer

    /// Makes memory of that size; pages are taken when they are first written to.
    package init(name: String, byteCount: UInt64) throws(SystemCallError) {
        // SAFETY: the name is a terminated string for the duration of the call.
        let made = unsafe pd_shared_memory_create(name, byteCount)
        guard made >= 0 else {
            throw SystemCallError(operation: "make shared memory", subject: "\(byteCount) bytes", errno: -made)
        }
        var address: UnsafeMutableRawPointer?
        // SAFETY: `address` outlives the call, which writes one pointer.
        let result = unsafe pd_shared_memory_map(made, byteCount, &address)
        guard result == 0, let address = unsafe address else {
            close(made)
            throw SystemCallError(operation: "map shared memory", subject: "\(byteCount) bytes", errno: -result)
        }
        descriptor = made
        self.byteCount = byteCount
        unsafe base = address
    }

    deinit {
        // SAFETY: mapped by us with this size, and nobody else has the address.
        unsafe pd_shared_memory_unmap(base, byteCount)
        close(descriptor)
    }

    /// A value of plain bytes; nil beyond the end.
    ///
    /// - Parameter offset: bytes from the start, a multiple of the value's alignment.
    @inlinable package func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: UInt64) -> Value? {
        guard offset <= byteCount, byteCount - offset >= UInt64(MemoryLayout<Value>.size) else { return nil }
        // SAFETY: the range lies inside the mapping, which lives as long as this object.
        return unsafe base.loadUnaligned(fromByteOffset: Int(offset), as: type)
    }

    /// Stores a value of plain bytes; false beyond the end.
    @discardableResult
    package func store<Value: BitwiseCopyable>(_ value: Value, at offset: UInt64) -> Bool {
        guard offset <= byteCount, byteCount - offset >= UInt64(MemoryLayout<Value>.size) else { return false }
        // SAFETY: the range lies inside the mapping, which lives as long as this object.
        unsafe base.storeBytes(of: value, toByteOffset: Int(offset), as: Value.self)
        return true
    }

    /// Hands out every word in a range that is not zero, with its offset; they may change meanwhile.
    package func forEachNonzeroWord(in range: Range<UInt64>, _ body: (_ offset: UInt64, _ word: UInt64) -> Void) {
        var offset = (range.lowerBound + 7) & ~7
        let end = min(range.upperBound, byteCount)
        while offset < end, end - offset >= 8 {
            // SAFETY: the word lies inside the mapping, which lives as long as this object.
            let word = unsafe base.load(fromByteOffset: Int(offset), as: UInt64.self)
            if word != 0 { body(offset, word) }
            offset += 8
        }
    }

    /// The next range that was ever written to, from an offset on.
    package func writtenRange(from offset: UInt64) -> Range<UInt64>? {
        var start: UInt64 = 0
        var end: UInt64 = 0
        // SAFETY: both outlive the call, which writes one number each.
        guard unsafe pd_shared_memory_data(descriptor, offset, &start, &end) == 1, start < end else { return nil }
        return start..<end
    }

    /// Wakes those who wait for a change of the word at `offset`.
    package func wake(at offset: UInt64) {
        guard offset <= byteCount, byteCount - offset >= 4 else { return }
        // SAFETY: the word lies inside the mapping; the kernel reads nothing of it.
        unsafe pd_wake(base.advanced(by: Int(offset)).assumingMemoryBound(to: UInt32.self))
    }
}
