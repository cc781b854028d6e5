import Glibc
import PerfLinux
import PerfModel

/// Why a target cannot be sampled.
package enum SamplerError: UserFacingError, Hashable {
    case noSuchProcess(pid: Int32)
    case zombie(pid: Int32, name: String)
    case kernelThread(pid: Int32, name: String)
    case ourselves(pid: Int32)
    case noSuchThread(tid: Int32)
    case notPermitted(what: String, paranoid: Int?)
    case unsupportedEvent(String)
    case tooManyDescriptors(needed: Int, limit: Int)
    case notACgroup(path: String, reason: String)
    case noPerfEvents(reason: String)
    /// Asked for by name, see ``WaitSource``.
    case noKernelWaits(reason: String)
    case system(SystemCallError)

    package var summary: String {
        switch self {
        case .noSuchProcess(let pid):
            "process \(pid) does not exist"
        case .zombie(let pid, let name):
            "process \(pid) (\(name.printable)) has ended and waits for its parent to collect it: nothing runs there"
        case .kernelThread(let pid, let name):
            "\(pid) is the kernel thread \(name.printable), not a program"
        case .ourselves(let pid):
            "process \(pid) is perfdoctor itself"
        case .noSuchThread(let tid):
            "thread \(tid) does not exist, or not in the given processes"
        case .notPermitted(let what, let paranoid):
            "the kernel does not let us observe \(what)"
                + (paranoid.map { " (kernel.perf_event_paranoid is \($0))" } ?? "")
        case .unsupportedEvent(let name):
            "this machine does not count the event \(name.printable)"
        case .tooManyDescriptors(let needed, let limit):
            "\(needed) file descriptors are needed (threads times CPUs), but only \(limit) are allowed"
        case .notACgroup(let path, let reason):
            "\(path.printable) is no cgroup that can be observed: \(reason)"
        case .noPerfEvents(let reason):
            "this kernel offers no performance events: \(reason)"
        case .noKernelWaits(let reason):
            "programs in the kernel cannot keep account of waits here: \(reason)"
        case .system(let error):
            error.summary
        }
    }

    package var remedy: String? {
        switch self {
        case .noSuchProcess: "list the processes: ps -ef"
        case .zombie: "look at its parent: ps -o ppid= -p PID"
        case .kernelThread: "sample the whole machine, kernel included: perfdoctor record -a"
        case .ourselves: "give the pid of the program that is slow: ps -ef"
        case .noSuchThread: "list the threads: ps -L -p PID"
        case .notPermitted:
            "run as root or as the owner of the process, or: sudo sysctl kernel.perf_event_paranoid=1; "
                + "in a container, add CAP_PERFMON (docker run --cap-add PERFMON)"
        case .unsupportedEvent: "see which events work here: perfdoctor self-check"
        case .tooManyDescriptors(let needed, _): "raise the limit: ulimit -n \(needed + 256)"
        case .notACgroup: "list the cgroups: systemd-cgls, or find /sys/fs/cgroup -type d"
        case .noPerfEvents:
            "in a container, allow the system call perf_event_open in its seccomp profile; see perfdoctor self-check"
        case .noKernelWaits: "leave it to perfdoctor: it takes the events of switches instead"
        case .system(let error): error.remedy ?? "see what works here: perfdoctor self-check"
        }
    }
}
