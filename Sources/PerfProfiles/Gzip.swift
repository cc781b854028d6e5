import CZlib

/// gzip as profile files use it; zlib does the work.
enum Gzip {
    private static let magic: [UInt8] = [0x1F, 0x8B]
    /// Profiles shrink to a third or a tenth; what claims to shrink by more has to prove it while it is read.
    private static let usualRatio = 16

    static func isGzip(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: magic)
    }

    /// Compresses with zlib's fastest level, as Go's profiles do: a recording should not end with a wait.
    ///
    /// The same input gives the same bytes: the header has no time.
    static func compress(_ bytes: [UInt8]) throws(PprofError) -> [UInt8] {
        let stream = ZlibStream(.deflate)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4)
        while true {
            let status = stream.step(input: bytes)
            result.append(contentsOf: stream.produced)
            switch status {
            case Z_OK: continue
            case Z_STREAM_END: return result
            default: throw PprofError(.notEncodable("gzip failed: \(stream.message)"))
            }
        }
    }

    /// Decompresses all members of a gzip file.
    ///
    /// - Parameters:
    ///   - bytes: one or more members, perhaps followed by zeros.
    ///   - limit: most bytes of output; beyond it the input is refused.
    /// - Returns: the contents of the members, one after the other.
    /// - Throws: when a member is damaged or cut off, or the limit is reached.
    static func decompress(_ bytes: [UInt8], limit: Int) throws(PprofError) -> [UInt8] {
        let stream = ZlibStream(.inflate)
        var result: [UInt8] = []
        result.reserveCapacity(expectedSize(of: bytes, limit: limit))
        while true {
            let before = stream.consumed
            let status = stream.step(input: bytes)
            let produced = stream.produced
            guard result.count + produced.count <= limit else {
                throw PprofError(.tooLarge(what: "its decompressed data", limitBytes: limit))
            }
            result.append(contentsOf: produced)
            switch status {
            case Z_STREAM_END:
                // Padding with zeros is common where files are stored in blocks; gzip(1) accepts it too.
                guard let next = bytes[stream.consumed...].firstIndex(where: { $0 != 0 }) else { return result }
                guard next == stream.consumed, bytes[next...].starts(with: magic) else {
                    throw PprofError(.damagedCompression("other data follows it at byte \(next)"))
                }
                stream.expectAnotherMember()
            case Z_OK where !produced.isEmpty || stream.consumed > before:
                continue
            case Z_OK, Z_BUF_ERROR:
                throw PprofError(.damagedCompression("it is cut off after \(bytes.count) bytes"))
            default:
                throw PprofError(.damagedCompression("\(stream.message) near byte \(stream.consumed)"))
            }
        }
    }

    /// The size that the last member claims, as far as it is plausible.
    private static func expectedSize(of bytes: [UInt8], limit: Int) -> Int {
        guard bytes.count >= 18 else { return 0 }
        let claimed = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        return min(claimed, limit, bytes.count * usualRatio)
    }
}
