import CPerfLinux
import Glibc
import PerfModel

/// Files that perfdoctor writes: complete, or not there at all.
///
/// The bytes go to a new file beside the destination that then takes its name. An existing file is replaced; where the
/// destination is a symbolic link, the link itself is replaced and what it points to stays as it is. Standard output
/// (`-`) is the caller's.
package enum OutputFile {
    /// Writes a whole file, readable by its owner alone.
    ///
    /// Under sudo it belongs to the user who called sudo.
    ///
    /// - Parameters:
    ///   - bytes: the contents.
    ///   - path: the destination; its directory must exist.
    /// - Returns: a warning when the file is complete but could not be given to that user.
    /// - Throws: when it could not be written; nothing is left behind then.
    @discardableResult
    package static func write(_ bytes: [UInt8], to path: String) throws(OutputFileError) -> Warning? {
        try write(bytes, to: path, owner: SudoUser.current)
    }

    /// The same for a file that stays perfdoctor's own, under sudo as well.
    package static func writeOwn(_ bytes: [UInt8], to path: String) throws(OutputFileError) {
        _ = try write(bytes, to: path, owner: nil)
    }

    /// Fails early where `write` would fail late: before a recording rather than at its end.
    ///
    /// It creates a file beside the destination and removes it again. How much fits on the disk it cannot know.
    package static func checkWritable(_ path: String) throws(OutputFileError) {
        let destination = try Destination(path)
        let temporary = try destination.makeTemporary()
        close(temporary.descriptor)
        try destination.remove(temporary)
    }

    static func write(_ bytes: [UInt8], to path: String, owner: SudoUser?) throws(OutputFileError) -> Warning? {
        let destination = try Destination(path)
        try checkFileSizeLimit(bytes.count, path)
        let temporary = try destination.makeTemporary()
        do throws(OutputFileError) {
            let warning: Warning?
            do throws(OutputFileError) {
                warning = handOver(temporary.descriptor, to: owner, path)
                try fill(temporary.descriptor, with: bytes, path)
            } catch {
                close(temporary.descriptor)
                throw error
            }
            // A network file system may report only now that the disk is full. Linux has closed it in any case.
            guard close(temporary.descriptor) == 0 || errno == EINTR else {
                throw OutputFileError(path: path, errno: errno)
            }
            try destination.rename(temporary)
            return warning
        } catch {
            // The first error is the one to tell; a file that cannot be removed is named in it.
            do throws(OutputFileError) {
                try destination.remove(temporary)
            } catch let second {
                throw OutputFileError(path: path, errno: error.errno, leftBehind: second.leftBehind)
            }
            throw error
        }
    }

    /// Beyond `ulimit -f` the kernel would not only refuse, but end the process with SIGXFSZ.
    private static func checkFileSizeLimit(_ count: Int, _ path: String) throws(OutputFileError) {
        var limit = rlimit()
        // SAFETY: `limit` outlives the call, which writes one struct.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return }
        if UInt64(count) > UInt64(limit.rlim_cur) {
            throw OutputFileError(path: path, errno: EFBIG)
        }
    }

    private static func handOver(_ descriptor: Int32, to owner: SudoUser?, _ path: String) -> Warning? {
        guard let owner, fchown(descriptor, owner.user, owner.group) != 0 else { return nil }
        return Warning(
            code: "output_owner",
            message: "\(path.printable) belongs to root and not to the user who called sudo: "
                + SystemCallError.text(of: errno),
            remedy: "sudo chown \(owner.user):\(owner.group) FILE"
        )
    }

    private static func fill(_ descriptor: Int32, with bytes: [UInt8], _ path: String) throws(OutputFileError) {
        var done = 0
        while done < bytes.count {
            // SAFETY: the pointer is valid during the call, and the count does not reach beyond the array.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw OutputFileError(path: path, errno: count < 0 ? errno : EIO) }
            done += count
        }
        while fsync(descriptor) != 0 {
            // Some file systems have nothing to synchronize.
            if errno == EINVAL || errno == ENOTSUP { break }
            guard errno == EINTR else { throw OutputFileError(path: path, errno: errno) }
        }
    }
}
