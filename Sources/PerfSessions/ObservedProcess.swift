import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// A running process that is being recorded: whether it still runs, and how much CPU it has used since.
final class ObservedProcess {
    let pid: Int32
    let name: String
    /// Becomes readable when the process ends; nil on kernels before 5.3.
    let descriptor: Int32?
    private let ticksAtStart: UInt64
    private let startTicks: UInt64?
    private var ticksSeen: UInt64

    init(pid: Int32, proc: ProcFileSystem) {
        self.pid = pid
        let opened = pd_pidfd_open(pid)
        descriptor = opened >= 0 ? opened : nil
        let stat = Self.stat(of: pid, proc: proc)
        name = proc.fullName(ofProcess: pid, comm: stat?.name ?? "process")
        ticksAtStart = stat?.cpuTicks ?? 0
        ticksSeen = ticksAtStart
        startTicks = stat?.startTicks
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// Whether it has ended; a process that uses its pid again is another one.
    func hasEnded(proc: ProcFileSystem) -> Bool {
        guard let stat = Self.stat(of: pid, proc: proc), stat.startTicks == startTicks else { return true }
        ticksSeen = stat.cpuTicks
        return stat.hasEnded
    }

    /// Nanoseconds of user and system time since this object was made, as far as it was seen.
    func cpuTimeSinceStart(proc: ProcFileSystem) -> UInt64 {
        if let stat = Self.stat(of: pid, proc: proc), stat.startTicks == startTicks { ticksSeen = stat.cpuTicks }
        let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return (ticksSeen &- ticksAtStart) &* (1_000_000_000 / ticksPerSecond)
    }

    private static func stat(of pid: Int32, proc: ProcFileSystem) -> ProcessStat? {
        do {
            return try ProcessStat(parsing: proc.contents(of: "\(pid)/stat"), path: "\(proc.root)/\(pid)/stat")
        } catch {
            return nil  // It has ended.
        }
    }
}
