import Glibc
import PerfLinux
import PerfModel

/// Reads a file that a user names, or whatever else gives bytes at its path.
package enum InputFile {
    /// No profile is larger: a recording of an hour on many CPUs has a few dozen MiB.
    package static let limitBytes = 1 << 30

    /// The contents of a file, a pipe or a device, as `<(command)` of a shell is one.
    package static func contents(of path: String, limit: Int = limitBytes) throws(InputError) -> [UInt8] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .failed(failure("open", path, Glibc.errno)) }
        defer { close(descriptor) }
        var status = stat()
        // SAFETY: `status` outlives the call, which writes one struct.
        if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(path) }
        return try bytes(of: descriptor, name: path, limit: limit)
    }

    static func bytes(of descriptor: Int32, name: String, limit: Int) throws(InputError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try WholeFile.contents(of: descriptor, name: name, atMost: limit + 1)
        } catch {
            throw .failed(failure(error.operation, name, error.errno))
        }
        guard bytes.count <= limit else { throw .tooLarge(name, limitBytes: limit) }
        return bytes
    }

    private static func failure(_ operation: String, _ path: String, _ code: Int32) -> SystemCallError {
        let remedy: String? =
            switch code {
            case ENOENT, ENOTDIR:
                "check the path; recordings are called perfdoctor-NAME-PID.pb.gz unless -o says otherwise"
            case EACCES, EPERM: "run as the file's owner, or with sudo"
            default: nil
            }
        return SystemCallError(operation: operation, subject: path, errno: code, remedy: remedy)
    }
}
