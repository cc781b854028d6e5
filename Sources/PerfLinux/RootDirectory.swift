import Glibc
import PerfModel

/// The root directory of a process, held open: files open in it as the process sees them, links contained.
///
/// It stays usable after the process has ended.
package final class RootDirectory: Sendable {
    private let descriptor: Int32

    /// Opens `/proc/<pid>/root`, or our own root without a pid.
    package convenience init(ofProcess pid: Int32?) throws(SystemCallError) {
        try self.init(path: pid.map { "/proc/\($0)/root" } ?? "/")
    }

    /// Opens any directory as a root.
    package init(path: String) throws(SystemCallError) {
        // SAFETY: the path is a terminated string for the duration of the call.
        descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "open", subject: path, errno: Glibc.errno)
        }
    }

    deinit {
        close(descriptor)
    }

    /// Opens a regular file below this root.
    package func file(at path: String) throws(SystemCallError) -> OpenFile {
        try OpenFile(path: path, inRoot: descriptor)
    }
}
