import PerfLinux
import PerfModel

/// The cgroup that limits the memory of a process, of either version: what it allows, and whether the kernel killed.
///
/// Pages that a tracked process counts in are charged to its own cgroup.
struct MemoryCgroup: Sendable {
    /// Bytes; the lowest limit on the way to the root.
    let limit: UInt64
    /// Bytes below that limit that were free, or pages of files which the kernel can drop, when this was made.
    let room: UInt64
    /// The file that counts the processes that were killed for want of memory.
    private let counterPath: String
    private let killCountBefore: UInt64
    private let files: HostFiles

    private static let versions: [Version] = [
        (
            root: "/sys/fs/cgroup/memory", limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
            counter: "memory.oom_control"
        ),
        (root: "/sys/fs/cgroup", limit: "memory.max", usage: "memory.current", counter: "memory.events"),
    ]

    /// Nil where memory is not limited, or where nothing is known of that.
    ///
    /// - Parameters:
    ///   - pid: the process.
    ///   - files: the host's.
    init?(pid: Int32, files: HostFiles = HostFiles()) {
        guard let text = files.text(at: "/proc/\(pid)/cgroup").value else { return nil }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isFirst = fields[1].split(separator: ",").contains("memory")
            guard isFirst || (fields[0] == "0" && fields[1].isEmpty) else { continue }
            let version = Self.versions[isFirst ? 0 : 1]
            guard let found = Self.limit(of: String(fields[2]), in: version, files) else { continue }
            limit = found.limit
            room = Self.room(below: found.limit, in: found.directory, version, files)
            counterPath = version.root + (fields[2] == "/" ? "" : fields[2]) + "/" + version.counter
            self.files = files
            killCountBefore = Self.killCount(at: counterPath, files)
            return
        }
        return nil
    }

    /// Whether a process of this cgroup was killed for want of memory since this was made.
    var hasKilled: Bool { Self.killCount(at: counterPath, files) > killCountBefore }

    private typealias Version = (root: String, limit: String, usage: String, counter: String)

    private static func limit(
        of path: String, in version: Version, _ files: HostFiles
    ) -> (limit: UInt64, directory: String)? {
        var lowest: (limit: UInt64, directory: String)?
        var names = path.split(separator: "/")
        while true {
            let directory = ([version.root] + names.map(String.init)).joined(separator: "/")
            // "max", or nearly 2^63, is none.
            if let limit = files.line(at: "\(directory)/\(version.limit)").flatMap({ UInt64($0) }), limit < 1 << 62,
                limit < lowest?.limit ?? .max
            {
                lowest = (limit, directory)
            }
            guard names.popLast() != nil else { return lowest }
        }
    }

    private static func room(
        below limit: UInt64, in directory: String, _ version: Version, _ files: HostFiles
    ) -> UInt64 {
        let usage = files.line(at: "\(directory)/\(version.usage)").flatMap { UInt64($0) } ?? 0
        var droppable: UInt64 = 0
        for line in files.text(at: "\(directory)/memory.stat").value?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            // Of the group with all below it: version 1 calls that total.
            let isFirst = version.counter == "memory.oom_control"
            let names = isFirst ? ["total_inactive_file", "total_active_file"] : ["inactive_file", "active_file"]
            if words.count == 2, names.contains(String(words[0])) { droppable &+= UInt64(words[1]) ?? 0 }
        }
        let held = usage - min(usage, droppable)
        return limit - min(limit, held)
    }

    private static func killCount(at path: String, _ files: HostFiles) -> UInt64 {
        for line in files.text(at: path).value?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "oom_kill" { return UInt64(words[1]) ?? 0 }
        }
        return 0
    }
}
