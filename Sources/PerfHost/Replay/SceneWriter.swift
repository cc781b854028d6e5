import Glibc
import PerfLinux
import PerfModel

/// Writes files into a directory of its own, which nobody else can enter.
struct SceneWriter {
    let root: String
    private var directories: Set<String> = []

    /// Makes the directory, or takes one that is empty.
    ///
    /// - Throws: ``SceneError/notEmpty(path:)``, or the failed call.
    init(directory: String) throws(SceneError) {
        root = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        // SAFETY: the path is a terminated string for the duration of the call.
        if unsafe mkdir(root, 0o700) != 0 {
            guard errno == EEXIST else { throw Self.failure("mkdir", root) }
            // SAFETY: as above.
            let descriptor = unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { throw Self.failure("open", root) }
            let names: [String]
            do throws(SystemCallError) {
                names = try DirectoryNames.read(owning: descriptor, name: root)
            } catch {
                throw .failed(error)
            }
            guard names.isEmpty else { throw .notEmpty(path: directory) }
        } else {
            SudoUser.giveAway(root)
        }
    }

    /// Writes a new file, readable by its owner alone; its directories are made.
    ///
    /// - Parameters:
    ///   - bytes: the contents.
    ///   - path: below the root, without a slash before it; a path that leads out of it is refused.
    /// - Throws: the failed call; EEXIST for a file that is there already.
    mutating func write(_ bytes: [UInt8], to path: String) throws(SceneError) {
        try makeDirectory(path.split(separator: "/").dropLast().joined(separator: "/"))
        guard !path.split(separator: "/").contains("..") else {
            throw .failed(SystemCallError(operation: "open", subject: path, errno: EINVAL))
        }
        let full = "\(root)/\(path)"
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure("open", full) }
        defer { close(descriptor) }
        SudoUser.giveAway(descriptor: descriptor)
        var done = 0
        while done < bytes.count {
            // SAFETY: the pointer is valid during the call, and the count does not reach beyond the array.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", full) }
            done += count
        }
    }

    /// Makes a directory below the root, and those above it.
    mutating func makeDirectory(_ path: String) throws(SceneError) {
        guard !path.isEmpty, !directories.contains(path) else { return }
        var sofar = ""
        for part in path.split(separator: "/") {
            guard part != ".." else {
                throw .failed(SystemCallError(operation: "mkdir", subject: path, errno: EINVAL))
            }
            sofar += sofar.isEmpty ? String(part) : "/\(part)"
            guard directories.insert(sofar).inserted else { continue }
            let full = "\(root)/\(sofar)"
            // SAFETY: the path is a terminated string for the duration of the call.
            guard unsafe mkdir(full, 0o700) == 0 else { throw Self.failure("mkdir", full) }
            SudoUser.giveAway(full)
        }
    }

    private static func failure(_ operation: String, _ path: String) -> SceneError {
        .failed(SystemCallError(operation: operation, subject: path, errno: errno))
    }
}
