import CPerfLinux
import PerfModel

/// Why a process does not do what it is told.
package enum InjectionError: UserFacingError, Hashable {
    /// What holds for every process that is to be stopped.
    case snapshot(SnapshotError)
    case noThread(pid: Int32)
    case fault(pid: Int32)
    case stuck(pid: Int32)
    case notLeft(pid: Int32)
    case changed(pid: Int32)

    init(_ result: Int32, pid: Int32) {
        self =
            switch result {
            case Int32(PD_INJECTION_NO_THREAD): .noThread(pid: pid)
            case Int32(PD_INJECTION_FAULT): .fault(pid: pid)
            case Int32(PD_INJECTION_STUCK): .stuck(pid: pid)
            case Int32(PD_INJECTION_NOT_LEFT): .notLeft(pid: pid)
            default: .snapshot(ProcessSnapshot.error(result, pid: pid, thread: 0))
            }
    }

    package var summary: String {
        switch self {
        case .snapshot(let error): error.summary
        case .noThread(let pid):
            "no thread of process \(pid) was seen outside of the allocator and the loader: nothing can be loaded into it "
                + "without risk"
        case .fault(let pid): "process \(pid) failed to run what was put into it; it goes on as before"
        case .stuck(let pid): "process \(pid) did not finish loading the tracker in time; it goes on as before"
        case .notLeft(let pid): "a thread of process \(pid) may still return to the tracker"
        case .changed(let pid): "process \(pid) ended or changed meanwhile"
        }
    }

    package var remedy: String? {
        switch self {
        case .snapshot(let error): error.remedy
        case .noThread, .stuck: "try again, or look at it without loading anything: --no-inject"
        case .fault: "look at it without loading anything: --no-inject; and please report this"
        case .notLeft: "nothing: some address space stays taken until the process ends"
        case .changed: "try again"
        }
    }
}
