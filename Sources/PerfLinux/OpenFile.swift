import CPerfLinux
import Glibc
import PerfModel

/// A regular file that is open for reading; closed with the last reference.
///
/// It is read with `pread` and never mapped: a file that somebody truncates gives a short read, not SIGBUS.
package final class OpenFile: ByteSource {
    /// Identity and state of a file when it was opened.
    package struct Status: Hashable, Sendable {
        package var device: UInt64
        package var inode: UInt64
        package var byteCount: UInt64
        /// User id of the owner.
        package var owner: UInt32
        /// Nanoseconds since 1970-01-01 UTC.
        package var modifiedAt: Int64
    }

    /// For system calls that take it; it stays owned by this object.
    package let descriptor: Int32
    package let status: Status

    package var byteCount: UInt64 { status.byteCount }

    /// Takes over an open descriptor.
    ///
    /// - Throws: when the descriptor is not a regular file; it is closed then.
    package init(owning descriptor: Int32, name: String) throws(SystemCallError) {
        var raw = pd_file_status()
        // SAFETY: `raw` outlives the call, which writes one struct.
        let result = unsafe pd_file_status(descriptor, &raw)
        guard result == 0 else {
            close(descriptor)
            throw SystemCallError(operation: "stat", subject: name, errno: -result)
        }
        guard raw.mode & UInt64(S_IFMT) == UInt64(S_IFREG) else {
            close(descriptor)
            throw SystemCallError(operation: "open", subject: "\(name) (not a regular file)", errno: EINVAL)
        }
        self.descriptor = descriptor
        self.status = Status(
            device: raw.device, inode: raw.inode, byteCount: raw.size_bytes, owner: raw.owner,
            modifiedAt: raw.modified_ns
        )
    }

    /// Opens a file by a path of our own mount namespace.
    package convenience init(path: String) throws(SystemCallError) {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "open", subject: path, errno: Glibc.errno)
        }
        try self.init(owning: descriptor, name: path)
    }

    /// Opens `path` as a process with the root directory `root` sees it; no link leads out of that root.
    package convenience init(path: String, inRoot root: Int32) throws(SystemCallError) {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe pd_open_in_root(root, path)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "open", subject: path, errno: -descriptor)
        }
        try self.init(owning: descriptor, name: path)
    }

    deinit {
        close(descriptor)
    }

    package func bytes(at offset: FileOffset, count: Int) -> [UInt8] {
        guard count > 0, offset.rawValue < UInt64(Int64.max) else { return [] }
        // Nobody gets more than the file holds, however large the count that a hostile header asks for.
        let wanted = min(UInt64(count), byteCount > offset.rawValue ? byteCount - offset.rawValue : 0)
        guard wanted > 0 else { return [] }
        // SAFETY: the buffer has `wanted` bytes; the count that pread wrote becomes the initialized count.
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(wanted)) { buffer, initialized in
            var done = 0
            while done < buffer.count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                    off_t(offset.rawValue) + off_t(done)
                )
                if got < 0 && Glibc.errno == EINTR { continue }
                if got <= 0 { break }
                done += got
            }
            initialized = done
        }
    }
}
