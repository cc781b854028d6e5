import CPerfLinux
import Glibc
import PerfModel

/// A file in memory that a program writes to and we read afterwards; gone with the last descriptor.
package final class MemoryFile: Sendable {
    package let descriptor: Int32

    /// - Parameter name: what /proc/<pid>/fd calls it.
    /// - Throws: when the limits do not allow another file.
    package init(name: String) throws(SystemCallError) {
        // SAFETY: the name is a terminated string for the duration of the call.
        descriptor = unsafe pd_memory_file(name)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "make a file in memory", subject: name, errno: -descriptor)
        }
    }

    deinit {
        close(descriptor)
    }

    /// A path under which other processes of ours can open it.
    package var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    package var byteCount: Int {
        var status = stat()
        // SAFETY: `status` outlives the call, which writes it.
        guard unsafe fstat(descriptor, &status) == 0 else { return 0 }
        return Int(clamping: status.st_size)
    }

    /// What was written, at most `limit` bytes of its start.
    package func contents(atMost limit: Int) -> [UInt8] {
        let size = min(byteCount, max(0, limit))
        // SAFETY: the buffer has room for `size` bytes, of which `count` are filled.
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let rest = unsafe buffer.baseAddress?.advanced(by: count)
                let got = unsafe pread(descriptor, rest, size - count, off_t(count))
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return }
                count += got
            }
        }
    }
}
