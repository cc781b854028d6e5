import CPerfLinux
import Glibc
import PerfModel

/// A program that perfdoctor starts: forked first, so that it can be observed from its first instruction.
///
/// It has perfdoctor's standard streams, environment, signal mask and limits, and none of its descriptors.
package final class LaunchedProcess {
    /// How a program ended, and what it used.
    package struct Ending: Hashable, Sendable {
        package enum Cause: Hashable, Sendable {
            case exit(Int32)
            case signal(Int32, dumpedCore: Bool)
        }

        package var cause: Cause
        /// User and system time in nanoseconds, children that it waited for included.
        package var cpuTime: UInt64

        package var isSuccess: Bool { cause == .exit(0) }

        /// What a shell would report: the exit status, or 128 and the signal's number.
        package var shellStatus: Int32 {
            switch cause {
            case .exit(let status): status
            case .signal(let number, _): 128 + number
            }
        }

        package var text: String {
            switch cause {
            case .exit(let status): "exited with status \(status)"
            case .signal(let number, let dumpedCore):
                "was killed by \(SignalReceiver.name(of: number))\(dumpedCore ? " (core dumped)" : "")"
            }
        }
    }

    package let arguments: [String]
    package let pid: Int32
    private var child: pd_child
    package private(set) var ending: Ending?
    private var isRunning = false

    /// Forks; the program itself waits for ``start()``.
    ///
    /// - Parameters:
    ///   - arguments: the program, looked up in PATH, and its arguments; not empty.
    ///   - environment: `NAME=value`, beside or instead of what perfdoctor has.
    /// - Throws: when no process or pipe can be had.
    package init(arguments: [String], environment: [String] = []) throws(SystemCallError) {
        var child = pd_child()
        // SAFETY: each strdup'd string and the terminated arrays live until the fork has copied them.
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        var additions: [UnsafeMutablePointer<CChar>?] = unsafe environment.map { unsafe strdup($0) }
        unsafe additions.append(nil)
        defer {
            for index in unsafe pointers.indices { unsafe free(pointers[index]) }
            for index in unsafe additions.indices { unsafe free(additions[index]) }
        }
        let result = unsafe pd_child_fork(&pointers, &additions, &child)
        guard result == 0 else {
            throw SystemCallError(operation: "fork", subject: "for \(arguments.first ?? "")", errno: -result)
        }
        self.arguments = arguments
        self.child = child
        self.pid = child.pid
    }

    /// Lets the program run.
    ///
    /// - Throws: when it cannot be executed; nothing is left behind then.
    package func start() throws(SystemCallError) {
        // SAFETY: `child` is ours and outlives the call.
        let result = unsafe pd_child_start(&child)
        isRunning = result == 0
        guard result == 0 else {
            throw Self.executionError(program: arguments.first ?? "", errno: -result)
        }
    }

    /// Why a program could not be executed, with what to look at.
    static func executionError(program: String, errno: Int32) -> SystemCallError {
        let remedy =
            errno == ENOENT
            ? "check the name; a program that is not in PATH needs its path, as in ./\(program)"
            : "check the file's permissions and format: ls -l \(program); file \(program)"
        return SystemCallError(operation: "cannot execute", subject: program, errno: errno, remedy: remedy)
    }

    /// Ends the child of a launch that is not to be.
    package func abandon() {
        // SAFETY: `child` is ours and outlives the call.
        unsafe pd_child_abandon(&child)
    }

    /// Whether the program does not run: it was never started, or has ended, is reaped and its ending is known.
    ///
    /// Never waits.
    ///
    /// - Throws: when it is not our child any more.
    package func poll() throws(SystemCallError) -> Bool {
        guard isRunning, ending == nil else { return true }
        var status = pd_child_status()
        // SAFETY: `status` outlives the call, which writes one struct.
        let result = unsafe pd_child_poll(pid, &status)
        guard result >= 0 else { throw SystemCallError(operation: "wait", subject: "pid \(pid)", errno: -result) }
        guard result == 1 else { return false }
        let cause: Ending.Cause =
            status.exited != 0 ? .exit(status.code) : .signal(status.code, dumpedCore: status.dumped_core != 0)
        ending = Ending(cause: cause, cpuTime: status.cpu_ns)
        return true
    }

    package func send(signal: Int32) {
        guard isRunning, ending == nil else { return }
        kill(pid, signal)
    }
}
