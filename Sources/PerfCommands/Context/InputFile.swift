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
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            // SAFETY: the kernel writes at most `chunk.count` bytes into the array's own storage.
            let got = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if got < 0 && Glibc.errno == EINTR { continue }
            guard got >= 0 else { throw .failed(failure("read", name, Glibc.errno)) }
            guard got > 0 else { return result }
            guard result.count + got <= limit else { throw .tooLarge(name, limitBytes: limit) }
            result += chunk[..<got]
        }
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
