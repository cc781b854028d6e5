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
        case .system(let error) where error.errno == EFBIG: "raise the limit on file sizes: ulimit -f unlimited"
        case .system(let error): error.remedy ?? "see what works here: perfdoctor self-check"
        }
    }
}
