import CPerfLinux
import Glibc
import PerfLinux

/// A process that runs already, held by a descriptor: another one with its number is not mistaken for it.
final class RunningProcess {
    let name: String
    /// Its command line; the name where it has none.
    let command: String
    /// For poll: readable when it has ended.
    let descriptor: Int32

    /// Takes hold of a process.
    ///
    /// - Throws: when there is none.
    init(pid: Int32) throws(SnapshotError) {
        descriptor = pd_pidfd_open(pid)
        guard descriptor >= 0 else {
            throw descriptor == -ESRCH || descriptor == -EINVAL
                ? .notFound(pid: pid)
                : .refused(
                    pid: pid,
                    SystemCallError(operation: "pidfd_open", subject: "process \(pid)", errno: -descriptor))
        }
        func text(of file: String) -> String? {
            guard
                case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                    try ProcFileSystem().contents(of: "\(pid)/\(file)", atMost: 4096)
                })
            else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        let name = text(of: "comm").flatMap { $0.split(separator: "\n").first.map(String.init) } ?? "pid \(pid)"
        let command = text(of: "cmdline")?.split(separator: "\0").joined(separator: " ") ?? ""
        self.name = name
        self.command = command.isEmpty ? name : command
    }

    deinit { close(descriptor) }

    var hasEnded: Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: the value outlives the call.
        return unsafe poll(&polled, 1, 0) > 0
    }
}
