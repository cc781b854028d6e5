import Glibc
import PerfLinux
import Testing

/// A program that a test starts.
struct Child {
    private let process: LaunchedProcess
    var pid: Int32 { process.pid }

    init(_ arguments: [String]) throws {
        process = try LaunchedProcess(arguments: arguments)
        try process.start()
    }

    /// Ends the program and waits for it.
    func end() {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        // SAFETY: the call writes one number.
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
}
