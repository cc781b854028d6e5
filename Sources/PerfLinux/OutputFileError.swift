import Glibc
import PerfModel

/// A file that could not be written.
package struct OutputFileError: UserFacingError, Hashable {
    package var path: String
    /// The value of errno; positive.
    package var errno: Int32
    /// Whether it was the directory that failed, not the file.
    package var isAboutDirectory = false
    /// Name of a temporary file that could not be removed.
    package var leftBehind: String?

    package var summary: String {
        let text = "cannot write \(path.printable): \(reason)"
        guard let leftBehind else { return text }
        return "\(text); the incomplete \(leftBehind.printable) beside it could not be removed"
    }

    private var reason: String {
        switch errno {
        case EISDIR: "it is a directory"
        case EEXIST: "it exists and is not a regular file"
        case EFBIG: "File too large for the file system or for the limit on file sizes"
        case _ where isAboutDirectory: "\(directory.printable): \(SystemCallError.text(of: errno))"
        default: SystemCallError.text(of: errno)
        }
    }

    private var directory: String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    package var remedy: String? {
        switch errno {
        case ENOSPC, EDQUOT:
            "free some space (df -h \(shellQuoted(directory))), or name a file on another disk: -o FILE"
        case ENOENT where isAboutDirectory: "create the directory: mkdir -p \(shellQuoted(directory))"
        case EISDIR: "name a file in it: -o \(shellQuoted(path.hasSuffix("/") ? path : path + "/"))profile.pb.gz"
        case EEXIST: "name another file, or - for standard output: -o -"
        case EFBIG: "raise the limit: ulimit -f unlimited"
        case ENAMETOOLONG: "name a shorter file: -o FILE"
        default: "name a file in a directory that you may write to: -o FILE"
        }
    }

    /// A word that a shell reads as this text; control characters are shown, as this is for people.
    private func shellQuoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+".utf8.contains(byte)
            }
        }
        if isPlain { return text }
        var quoted = "'"
        for character in text.printable.unicodeScalars {
            quoted += character == "'" ? "'\\''" : String(character)
        }
        return quoted + "'"
    }
}
