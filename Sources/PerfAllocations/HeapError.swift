import Glibc
import PerfLinux
import PerfModel

/// Why the heap of a program cannot be recorded.
package enum HeapError: UserFacingError, Hashable {
    case isStatic(path: String)
    case hasOtherWordSize(path: String)
    case hasOtherCLibrary(path: String, loader: String)
    case isSanitized(path: String, sanitizer: String)
    case isPrivileged(path: String)
    case ownMalloc(path: String)
    case notLoaded(path: String)
    case noLibrary(path: String, reason: String)
    case cannotMap(reason: String)
    case tooLarge(blocks: Int)
    case isTracked(pid: Int32)
    case isStopped(pid: Int32)
    case hasShadowStack(pid: Int32)
    case hasOtherNamespace(pid: Int32, kind: String)
    case cannotLoad(pid: Int32, reason: String)
    case isRecorded(pid: Int32, recorder: Int32)
    /// A negative count is -errno.
    case cannotLeave(pid: Int32, entries: Int64)
    case system(SystemCallError)

    package var summary: String {
        switch self {
        case .isStatic(let path):
            "\(path.printable) is fully static: no library can be loaded into it, and its malloc is its own code"
        case .hasOtherWordSize(let path):
            "\(path.printable) is not a 64-bit program of this machine's architecture"
        case .hasOtherCLibrary(let path, let loader):
            "\(path.printable) runs on another C library (\(loader.printable)); the tracker knows glibc only"
        case .isSanitized(let path, let sanitizer):
            "\(path.printable) is built with \(sanitizer), which brings its own malloc and tolerates no other library "
                + "before it"
        case .isPrivileged(let path):
            "\(path.printable) has rights of its own (set-user-ID or file capabilities): the loader takes no library "
                + "from others into it"
        case .ownMalloc(let path):
            "\(path.printable) brings its own malloc inside the executable: its heap calls reach no library"
        case .notLoaded(let path):
            "the tracker was not loaded into \(path.printable): nothing is known of its heap"
        case .noLibrary(let path, let reason):
            "the tracker cannot be placed in \(path.printable): \(reason)"
        case .cannotMap(let reason):
            "the program could not map the memory that the tracker counts in: \(reason)"
        case .tooLarge(let blocks):
            "its \(Quantity.grouped(Int64(blocks))) blocks refer to each other more often than can be counted here"
        case .isTracked(let pid):
            "process \(pid) was launched by perfdoctor heap, which tracks it already"
        case .isStopped(let pid):
            "process \(pid) is stopped (SIGSTOP): it would have to run to load anything"
        case .hasShadowStack(let pid):
            "process \(pid) has its return addresses guarded by the processor (shadow stack): a call from outside would "
                + "end it"
        case .hasOtherNamespace(let pid, let kind):
            "process \(pid) lives in another \(kind) namespace, as in a container: the tracker could not connect from there"
        case .cannotLoad(let pid, let reason):
            "the tracker could not be loaded into process \(pid), which goes on as before: \(reason.printable)"
        case .isRecorded(let pid, let recorder): "process \(pid) is being recorded already, by process \(recorder)"
        case .cannotLeave(let pid, let entries) where entries < 0:
            "the tracker in process \(pid) could not be taken out: "
                + SystemCallError.text(of: Int32(truncatingIfNeeded: -entries))
        case .cannotLeave(let pid, let entries):
            "\(Quantity.counted(entries, "place")) in process \(pid) could not be put back: calls from there go on through "
                + "the tracker, which counts nothing any more"
        case .system(let error):
            error.summary
        }
    }

    package var remedy: String? {
        switch self {
        case .isStatic:
            "build it with --static-swift-stdlib instead of -static-executable; where it spends its time is seen all "
                + "the same: perfdoctor record -- COMMAND"
        case .hasOtherWordSize: "build it for this machine"
        case .hasOtherCLibrary: "build it on a distribution with glibc, such as Debian"
        case .isSanitized: "build it without -sanitize; or see its own report: ASAN_OPTIONS=detect_leaks=1"
        case .isPrivileged: "run a copy of it as its owner: cp PROGRAM /tmp, and give perfdoctor that one"
        case .ownMalloc:
            "build it without the static allocator (jemalloc, tcmalloc, mimalloc): as a shared library it can be seen"
        case .notLoaded: "check that it is no wrapper that clears the environment, and that it ran at all"
        case .noLibrary: "set XDG_CACHE_HOME to a directory that is yours alone"
        case .cannotMap: "raise the limit on address space: ulimit -v unlimited"
        case .tooLarge: "look at another replica, with a smaller heap"
        case .isTracked: "see what that recording says, or end it first"
        case .isStopped(let pid): "let it go on: kill -CONT \(pid)"
        case .hasShadowStack: "look at it without loading anything: --no-inject"
        case .hasOtherNamespace(let pid, _):
            "run perfdoctor inside: sudo nsenter -t \(pid) -m -n -p perfdoctor heap ...; or --no-inject"
        case .isRecorded: "wait for that recording, or end it"
        case .cannotLeave: "raise its limit of open files, and record it again; else nothing: it does no harm"
        case .cannotLoad: "look at it without loading anything: --no-inject"
        case .system(let error) where error.errno == EFBIG: "raise the limit on file sizes: ulimit -f unlimited"
        case .system(let error): error.remedy ?? "see what works here: perfdoctor self-check"
        }
    }
}
