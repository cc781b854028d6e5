import PerfLinux
import PerfModel

/// Why there is no diagnosis.
package enum DiagnoseError: UserFacingError, Hashable {
    case noProcess(pid: Int32, cause: SystemCallError)
    case targetEnded(pid: Int32)
    /// Fewer than two snapshots, or none between which the machine ran.
    case noWindow(snapshots: Int)

    package var summary: String {
        switch self {
        case .noProcess(let pid, let cause): "there is no process \(pid) to diagnose: \(cause.summary)"
        case .targetEnded(let pid): "process \(pid) ended before two snapshots of it were taken"
        case .noWindow(let count) where count < 2:
            "\(count == 0 ? "no snapshot" : "a single snapshot") says nothing about what happens: two are needed"
        case .noWindow: "the machine stood still, or was started again, between all snapshots"
        }
    }

    package var remedy: String? {
        switch self {
        case .noProcess: "see which processes run: ps -e"
        case .targetEnded: "diagnose it while it runs, or launch it with: perfdoctor record -- COMMAND"
        case .noWindow: "observe for at least two seconds: -d 6"
        }
    }
}
