import PerfLinux
import PerfModel

/// A file to read that cannot be read.
package enum InputError: UserFacingError, Hashable {
    case isDirectory(String)
    case tooLarge(String, limitBytes: Int)
    case failed(SystemCallError)

    package var summary: String {
        switch self {
        case .isDirectory(let path): "\(path.printable) is a directory, not a profile"
        case .tooLarge(let path, let limit): "\(path.printable) is larger than \(limit >> 20) MiB"
        case .failed(let error): "cannot read \(error.subject.printable): \(SystemCallError.text(of: error.errno))"
        }
    }

    package var remedy: String? {
        switch self {
        case .isDirectory(let path): "name a file in it: ls \(path.printable)"
        case .tooLarge: "filter it first with the tool that wrote it, or record for a shorter time"
        case .failed(let error): error.remedy
        }
    }
}
