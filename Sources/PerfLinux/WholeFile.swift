import Glibc
import PerfModel

/// Reads files to their end, whatever size they state: those in /proc state none.
package enum WholeFile {
    /// The contents of a file, at most `limit` bytes of it.
    ///
    /// - Throws: the failed `open` or `read`.
    package static func contents(of path: String, atMost limit: Int) throws(SystemCallError) -> [UInt8] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: Glibc.errno) }
        defer { close(descriptor) }
        return try contents(of: descriptor, name: path, atMost: limit)
    }

    /// What can be read from a descriptor, at most `limit` bytes of it.
    ///
    /// - Throws: the failed `read`.
    package static func contents(
        of descriptor: Int32, name: String, atMost limit: Int
    ) throws(SystemCallError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while result.count < limit {
            let wanted = min(chunk.count, limit - result.count)
            // SAFETY: read writes at most `wanted` bytes into the chunk, which has as many.
            let got = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, wanted) }
            if got < 0 && Glibc.errno == EINTR { continue }
            guard got >= 0 else { throw SystemCallError(operation: "read", subject: name, errno: Glibc.errno) }
            guard got > 0 else { break }
            result += chunk[..<got]
        }
        return result
    }
}
