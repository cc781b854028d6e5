import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// The running host.
package final class LiveHost: HostSource {
    private let proc = ProcFileSystem()
    private var descriptors: DescriptorReasons
    private var taskStatistics: Result<TaskStatistics, SystemCallError>?
    /// `/proc`, open: paths below it are shorter to look up.
    private let procDirectory: Int32
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)

    package let ticksPerSecond: UInt64
    package let pageSize: UInt64

    package init() throws(SystemCallError) {
        // SAFETY: the path is a constant.
        procDirectory = unsafe open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard procDirectory >= 0 else {
            throw SystemCallError(
                operation: "open", subject: "/proc", errno: errno, remedy: "mount -t proc proc /proc")
        }
        descriptors = DescriptorReasons(proc: proc)
        ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        pageSize = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))
    }

    deinit {
        close(procDirectory)
    }

    package func beginSnapshot() {}
    package func endSnapshot(_ snapshot: inout HostSnapshot) {}
    package func beginLook() {}
    package func endLook(_ look: inout ThreadLooks) {}

    package var ownProcess: Int32? { getpid() }

    package var now: HostInstant {
        HostInstant(
            monotonic: MonotonicClock.nanoseconds, boot: Self.time(CLOCK_BOOTTIME),
            wall: UInt64(max(0, WallClock.nanosecondsSince1970())))
    }

    package var threadTime: UInt64 { Self.time(CLOCK_THREAD_CPUTIME_ID) }

    private static func time(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        // SAFETY: clock_gettime fills one timespec that outlives the call; it cannot fail for these clocks.
        unsafe clock_gettime(clock, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    package func bytes(at path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: errno) }
        defer { close(descriptor) }
        var result: [UInt8] = []
        while result.count < limit {
            let count = try read(descriptor, into: &chunk, atMost: limit - result.count, path)
            guard count > 0 else { break }
            result += chunk[..<count]
        }
        return result
    }

    private func read(
        _ descriptor: Int32, into buffer: inout [UInt8], atMost limit: Int, _ path: @autoclosure () -> String
    ) throws(SystemCallError) -> Int {
        while true {
            let wanted = min(buffer.count, limit)
            // SAFETY: read writes at most `wanted` bytes into the buffer, which has as many.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, wanted) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemCallError(operation: "read", subject: path(), errno: errno) }
            return count
        }
    }

    package func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe openat(procDirectory, "\(pid)/stat", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "open", subject: "/proc/\(pid)/stat", errno: errno)
        }
        defer { close(descriptor) }
        return try read(descriptor, into: &buffer, atMost: .max, "/proc/\(pid)/stat")
    }

    package func names(in path: String) throws(SystemCallError) -> [String] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: errno) }
        return try DirectoryNames.read(owning: descriptor, name: path)
    }

    package func numbers(in path: String) throws(SystemCallError) -> [Int32] {
        do throws(SystemCallError) {
            return try ProcFileSystem(root: path).numbers(in: "")
        } catch {
            throw SystemCallError(operation: error.operation, subject: path, errno: error.errno)
        }
    }

    package func linkTarget(of path: String) throws(SystemCallError) -> String {
        try ProcFileSystem(root: "").linkTarget(of: String(path.dropFirst()))
    }

    package func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace {
        var told = statvfs()
        // SAFETY: the path is a terminated string and `told` outlives the call.
        guard unsafe statvfs(mountPoint, &told) == 0 else {
            throw SystemCallError(operation: "statvfs", subject: mountPoint, errno: errno)
        }
        let unit = UInt64(told.f_frsize)
        return FileSystemSpace(
            size: UInt64(told.f_blocks) &* unit, free: UInt64(told.f_bfree) &* unit,
            available: UInt64(told.f_bavail) &* unit, inodes: UInt64(told.f_files), inodesFree: UInt64(told.f_ffree))
    }

    package func affinityCount(of pid: Int32) throws(SystemCallError) -> Int {
        let count = pd_affinity_count(pid)
        guard count >= 0 else {
            throw SystemCallError(operation: "sched_getaffinity", subject: "pid \(pid)", errno: -count)
        }
        return Int(count)
    }

    package func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays {
        let opened: Result<TaskStatistics, SystemCallError>
        if let taskStatistics {
            opened = taskStatistics
        } else {
            opened = Result { () throws(SystemCallError) in try TaskStatistics() }
            taskStatistics = opened
        }
        let told = try opened.get().delays(of: tid)
        return TaskDelays(
            version: told.version, cpu: .init(count: told.cpu_count, total: told.cpu_ns),
            blockIO: .init(count: told.block_count, total: told.block_ns),
            swapIn: .init(count: told.swap_in_count, total: told.swap_in_ns),
            reclaim: .init(count: told.reclaim_count, total: told.reclaim_ns),
            thrashing: .init(count: told.thrashing_count, total: told.thrashing_ns),
            compaction: .init(count: told.compact_count, total: told.compact_ns),
            writeProtectCopy: .init(count: told.copy_count, total: told.copy_ns),
            interrupts: .init(count: told.irq_count, total: told.irq_ns))
    }

    package func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason {
        if let asked = descriptors.eventLoopWait(
            wait, arguments: thread.arguments, process: thread.pid, now: MonotonicClock.nanoseconds)
        {
            return asked.reason
        }
        return descriptors.reason(
            of: wait, arguments: thread.arguments, process: thread.pid, now: MonotonicClock.nanoseconds)
    }

    package func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer? {
        if let asked = descriptors.eventLoopWait(
            wait, arguments: thread.arguments, process: thread.pid, now: MonotonicClock.nanoseconds)
        {
            return asked.peer
        }
        return descriptors.peer(
            of: wait, arguments: thread.arguments, process: thread.pid, now: MonotonicClock.nanoseconds)
    }
}
