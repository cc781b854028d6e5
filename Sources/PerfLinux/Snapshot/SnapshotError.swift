import Glibc
import PerfModel

/// Why there is no snapshot of a process.
package enum SnapshotError: UserFacingError, Hashable {
    case notFound(pid: Int32)
    case notPermitted(pid: Int32)
    case isTraced(pid: Int32, tracer: Int32)
    case isFiltered(pid: Int32)
    case noRoom(needed: UInt64, available: UInt64, limit: String)
    case noEntry(pid: Int32)
    case didNotStop(pid: Int32, thread: Int32)
    case changed(pid: Int32)
    case refused(pid: Int32, SystemCallError)

    package var summary: String {
        switch self {
        case .notFound(let pid): "there is no process \(pid)"
        case .notPermitted(let pid): "process \(pid) may not be stopped by this user"
        case .isTraced(let pid, let tracer): "process \(pid) is traced already, by process \(tracer)"
        case .isFiltered(let pid):
            "process \(pid) filters its system calls (seccomp): having it copy itself could end it"
        case .noRoom(let needed, let available, let limit):
            "a copy of its memory could grow to \(Quantity.text(Int64(clamping: needed), unit: "bytes")) while it stands, and \(limit) leaves "
                + Quantity.text(Int64(clamping: available), unit: "bytes")
        case .noEntry(let pid): "process \(pid) has no place from which the kernel can be called"
        case .didNotStop(let pid, let thread):
            "thread \(thread) of process \(pid) did not stop within 2 s: it waits in the kernel, or for a debugger"
        case .changed(let pid): "process \(pid) ended or changed while it was looked at"
        case .refused(_, let error): error.summary
        }
    }

    package var remedy: String? {
        switch self {
        case .notFound: "see what runs: ps -e"
        case .notPermitted(let pid):
            "be root, or its owner where kernel.yama.ptrace_scope is 0: sudo perfdoctor heap -p \(pid) --leaks"
        case .isTraced: "end the debugger or strace first"
        case .isFiltered: "record it from its start instead: perfdoctor heap --leaks -- COMMAND"
        case .noRoom: "free memory, or raise the limit, or look at another replica"
        case .noEntry, .changed: "try again"
        case .didNotStop: "see what it waits for: perfdoctor diagnose; then try again"
        case .refused(_, let error): error.remedy
        }
    }
}
