import CPerfLinux
import Glibc
import PerfModel

extension OutputFile {
    /// A new file beside the destination.
    struct Temporary {
        var name: String
        /// Open for writing.
        var descriptor: Int32
    }

    /// Where a file is to go: a directory that is held open, and a name in it.
    ///
    /// Everything happens relative to that directory, so that nobody can put another in its place meanwhile.
    final class Destination {
        /// `NAME_MAX` of Linux' file systems, in bytes.
        private static let longestName = 255
        private static let attempts = 16

        private let path: String
        private let name: String
        private let directory: Int32

        init(_ path: String) throws(OutputFileError) {
            self.path = path
            let bytes = path.utf8
            guard !bytes.isEmpty, !bytes.contains(0) else { throw OutputFileError(path: path, errno: ENOENT) }
            let cut = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
            name = String(path[cut...])
            let parent = cut == bytes.startIndex ? "." : String(path[..<cut])
            guard !name.isEmpty, name != ".", name != ".." else {
                throw OutputFileError(path: path, errno: EISDIR)
            }
            guard name.utf8.count <= Self.longestName else {
                throw OutputFileError(path: path, errno: ENAMETOOLONG)
            }
            // SAFETY: the path is a terminated string for the duration of the call.
            directory = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw OutputFileError(path: path, errno: errno, isAboutDirectory: true) }
            try checkKind()
        }

        deinit {
            if directory >= 0 { close(directory) }
        }

        /// Refuses to replace anything but a regular file or a link to one.
        private func checkKind() throws(OutputFileError) {
            guard let kind = kind(followingLinks: false) else { return }
            switch kind {
            case S_IFREG: return
            case S_IFDIR: throw OutputFileError(path: path, errno: EISDIR)
            case S_IFLNK:
                // `/dev/stdout` and its like are links to whatever is open: not ours to replace.
                guard !leadsToDescriptor(), [nil, S_IFREG].contains(self.kind(followingLinks: true)) else {
                    throw OutputFileError(path: path, errno: EEXIST)
                }
            default: throw OutputFileError(path: path, errno: EEXIST)
            }
        }

        /// The file type bits of what has the name now; nil when there is nothing.
        private func kind(followingLinks: Bool) -> mode_t? {
            var status = stat()
            // SAFETY: name and struct are valid during the call.
            let result = unsafe fstatat(directory, name, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW)
            return result == 0 ? status.st_mode & S_IFMT : nil
        }

        private func leadsToDescriptor() -> Bool {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            // SAFETY: the count is that of the buffer, which outlives the call.
            let length = unsafe readlinkat(directory, name, &target, target.count)
            guard length > 0 else { return false }
            let text = String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return text.hasPrefix("/proc/") || text.hasPrefix("/dev/")
        }

        func makeTemporary() throws(OutputFileError) -> Temporary {
            var error = EEXIST
            for _ in 0..<Self.attempts {
                let suffix = "." + String(UInt64.random(in: .min ... .max), radix: 36) + ".tmp"
                let temporary = "." + name.prefix(utf8Count: Self.longestName - 1 - suffix.utf8.count) + suffix
                // SAFETY: the name is a terminated string for the duration of the call.
                let descriptor = unsafe openat(
                    directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600
                )
                if descriptor >= 0 { return Temporary(name: temporary, descriptor: descriptor) }
                error = errno
                if error != EEXIST && error != EINTR { break }
            }
            throw OutputFileError(path: path, errno: error, isAboutDirectory: error == EACCES)
        }

        func rename(_ temporary: Temporary) throws(OutputFileError) {
            // SAFETY: both names are terminated strings for the duration of the call.
            guard unsafe renameat(directory, temporary.name, directory, name) == 0 else {
                throw OutputFileError(path: path, errno: errno)
            }
        }

        func remove(_ temporary: Temporary) throws(OutputFileError) {
            // SAFETY: the name is a terminated string for the duration of the call.
            guard unsafe unlinkat(directory, temporary.name, 0) == 0 || errno == ENOENT else {
                throw OutputFileError(path: path, errno: errno, leftBehind: temporary.name)
            }
        }
    }
}
