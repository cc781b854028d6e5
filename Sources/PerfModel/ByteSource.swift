/// Random access to bytes that somebody else may change or cut off: a file, a captured image, an array.
///
/// A read returns what is there. A short result is not an error of the source; the reader decides.
package protocol ByteSource: Sendable {
    /// Size in bytes when it was opened.
    var byteCount: UInt64 { get }

    /// At most `count` bytes from `offset`; fewer at the end, none beyond it.
    func bytes(at offset: FileOffset, count: Int) -> [UInt8]
}

extension Array: ByteSource where Element == UInt8 {
    package var byteCount: UInt64 { UInt64(count) }

    package func bytes(at offset: FileOffset, count wanted: Int) -> [UInt8] {
        guard wanted > 0, offset.rawValue < byteCount else { return [] }
        let start = Int(offset.rawValue)
        return Array(self[start..<start + Swift.min(wanted, count - start)])
    }
}
