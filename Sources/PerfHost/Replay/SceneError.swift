import PerfLinux
import PerfModel

/// A recording that cannot be written or read.
package enum SceneError: UserFacingError, Hashable {
    /// There is something in the directory that is to be recorded to.
    case notEmpty(path: String)
    /// The directory to be replayed has no snapshots: `t0000`, `t0001`…
    case noSnapshots(path: String)
    /// A file of a recording that does not have its form.
    case malformed(path: String, reason: String)
    /// A file or directory that could not be made or read.
    case failed(SystemCallError)

    package var summary: String {
        switch self {
        case .notEmpty(let path): "cannot record to \(path.printable): the directory is not empty"
        case .noSnapshots(let path): "cannot replay \(path.printable): it holds no snapshots (t0000 and so on)"
        case .malformed(let path, let reason): "cannot replay \(path.printable): \(reason)"
        case .failed(let error): error.summary
        }
    }

    package var remedy: String? {
        switch self {
        case .notEmpty: "name a new directory"
        case .noSnapshots: "name a directory that was written by --record"
        case .malformed: "record it again"
        case .failed(let error): error.remedy ?? "name a directory that you may use"
        }
    }
}
