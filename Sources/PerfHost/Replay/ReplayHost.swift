import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// The host of a recorded snapshot.
///
/// The directory may be anybody's: links in it do not lead out of it, files are read up to their limit, and what is
/// missing is missing.
final class ReplayHost: HostSource {
    private let root: Int32
    private let facts: SceneFacts
    /// Number of the look that is replayed.
    private var look: Int?
    private var nextLook = 0

    /// - Parameter directory: of one snapshot.
    /// - Throws: when there is none, or it lacks `snapshot.json`.
    init(directory: String) throws(SceneError) {
        // SAFETY: the path is a terminated string for the duration of the call.
        root = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else {
            throw .failed(SystemCallError(operation: "open", subject: directory, errno: errno))
        }
        do throws(SceneError) {
            facts = try Self.facts(in: root, path: "\(directory)/\(SceneFacts.fileName)")
        } catch {
            close(root)
            throw error
        }
    }

    private static func facts(in root: Int32, path: String) throws(SceneError) -> SceneFacts {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try contents(of: SceneFacts.fileName, in: root, atMost: largestFacts, shown: path)
        } catch {
            if error.errno == ENOENT { throw .malformed(path: path, reason: "there is no such file") }
            throw .failed(error)
        }
        return try SceneFacts(parsing: bytes, path: path)
    }

    deinit {
        close(root)
    }

    private static let largestFacts = 64 << 20

    var options: HostCollectorOptions? { facts.options }
    var lookCount: Int { facts.looks?.count ?? 0 }
    var ownProcess: Int32? { facts.ownProcess }
    var ticksPerSecond: UInt64 { max(1, facts.ticksPerSecond ?? 100) }
    var pageSize: UInt64 { max(1, facts.pageSize ?? 4096) }
    var threadTime: UInt64 { 0 }

    var now: HostInstant {
        guard let look, let looks = facts.looks, look < looks.count else { return facts.instant }
        return HostInstant(monotonic: looks[look].monotonic, boot: looks[look].monotonic)
    }

    func beginSnapshot() {}

    func endSnapshot(_ snapshot: inout HostSnapshot) {
        if let cost = facts.cost { snapshot.cost = cost }
    }

    func beginLook() {
        look = nextLook
        nextLook += 1
    }

    func endLook(_ look: inout ThreadLooks) {
        if let current = self.look, let looks = facts.looks, current < looks.count {
            look.takenAt = looks[current].monotonic
            look.cost = looks[current].cost ?? 0
        }
        self.look = nil
    }

    private var answers: SceneFacts.Answers? {
        guard let look else { return facts.answers }
        guard let looks = facts.looks, look < looks.count else { return nil }
        return looks[look].answers
    }

    /// Where a path of the live host is below the root.
    private func place(of path: String) -> String {
        guard let look else { return String(path.drop { $0 == "/" }) }
        let digits = "\(look)"
        return "looks/\(String(repeating: "0", count: max(0, 4 - digits.utf8.count)))\(digits)\(path)"
    }

    private func throwRecorded(_ path: String, _ subject: String? = nil) throws(SystemCallError) {
        guard let failure = answers?.errors?[path] else { return }
        throw SystemCallError(
            operation: failure.operation, subject: subject ?? path, errno: failure.errno, remedy: failure.remedy)
    }

    private static func contents(
        of path: String, in root: Int32, atMost limit: Int, shown: String
    ) throws(SystemCallError) -> [UInt8] {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe pd_open_in_root(root, path)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: shown, errno: -descriptor) }
        defer { close(descriptor) }
        return try WholeFile.contents(of: descriptor, name: shown, atMost: limit)
    }

    func bytes(at path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        try throwRecorded(path)
        return try Self.contents(of: place(of: path), in: root, atMost: limit, shown: path)
    }

    func processStat(_ pid: Int32, into buffer: inout [UInt8]) throws(SystemCallError) -> Int {
        let bytes = try bytes(at: "/proc/\(pid)/stat", limit: buffer.count)
        buffer.replaceSubrange(0..<bytes.count, with: bytes)
        return bytes.count
    }

    func names(in path: String) throws(SystemCallError) -> [String] {
        try throwRecorded(path)
        if let known = answers?.listings?[path] { return known }
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe pd_open_in_root(root, place(of: path))
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: -descriptor) }
        return try DirectoryNames.read(owning: descriptor, name: path)
    }

    func numbers(in path: String) throws(SystemCallError) -> [Int32] { Self.numbers(among: try names(in: path)) }

    /// Those that are numbers above 0, each once, ascending.
    static func numbers(among names: [String]) -> [Int32] {
        Set(names.compactMap { Int32($0) }.filter { $0 > 0 }).sorted()
    }

    func linkTarget(of path: String) throws(SystemCallError) -> String {
        try throwRecorded(path)
        guard let target = answers?.links?[path] else {
            throw SystemCallError(operation: "readlink", subject: path, errno: ENOENT)
        }
        return target
    }

    func space(at mountPoint: String) throws(SystemCallError) -> FileSystemSpace {
        try throwRecorded(mountPoint)
        guard let space = facts.spaces?[mountPoint] else {
            throw SystemCallError(operation: "statvfs", subject: mountPoint, errno: ENOENT)
        }
        return space
    }

    func affinityCount(of pid: Int32) throws(SystemCallError) -> Int {
        try throwRecorded("affinity \(pid)", "pid \(pid)")
        guard let count = facts.affinities?["\(pid)"] else {
            throw SystemCallError(operation: "sched_getaffinity", subject: "pid \(pid)", errno: ESRCH)
        }
        return count
    }

    func delays(of tid: Int32) throws(SystemCallError) -> TaskDelays {
        try throwRecorded("delays \(tid)", "thread \(tid)")
        guard let delays = facts.delays?["\(tid)"] else {
            throw SystemCallError(operation: "taskstats", subject: "thread \(tid)", errno: ESRCH)
        }
        return delays
    }

    /// What was found out while it was recorded; in a scene without it, what the link of the descriptor tells.
    func reason(of wait: KernelWait, thread: WaitingThread) -> WaitReason {
        if let known = answers?.reasons?["\(thread.pid)/\(thread.tid)"] {
            return WaitReason(rawValue: known) ?? .unknown
        }
        if case .reason(let known) = wait.cause { return known }
        guard case .descriptor = wait.cause,
            let target = answers?.links?["/proc/\(thread.pid)/fd/\(thread.arguments.0)"]
        else { return .unknown }
        return DescriptorReasons.inode(ofTarget: target) == nil ? DescriptorReasons.reason(ofTarget: target) : .network
    }

    func peer(of wait: KernelWait, thread: WaitingThread) -> WaitPeer? {
        answers?.peers?["\(thread.pid)/\(thread.tid)"]
    }
}
