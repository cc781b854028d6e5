import PerfLinux
import PerfModel

/// How much memory a Redis can have at most.
package struct RedisMemoryLimit: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        /// `total_system_memory` of INFO.
        case host
        /// The server runs here, and its cgroup has less.
        case cgroup
    }

    package var bytes: UInt64
    package var source: Source

    package init(bytes: UInt64, source: Source) {
        self.bytes = bytes
        self.source = source
    }

    /// The least of what the host and the server's cgroup have; nil where the server does not say.
    ///
    /// - Parameters:
    ///   - info: of the server.
    ///   - isHere: whether it can only be on this machine.
    ///   - files: of this machine.
    package init?(_ info: RedisInfo, isHere: Bool, files: HostFiles) {
        guard let total = info.number("total_system_memory"), total > 0 else { return nil }
        self.init(bytes: total, source: .host)
        // A number of another PID namespace names somebody else here.
        guard isHere, let pid = info.number("process_id"), let name = files.line(at: "/proc/\(pid)/comm"),
            ["redis", "valkey", "keydb"].contains(where: name.hasPrefix),
            let limit = Self.cgroupLimit(of: pid, files), limit < total
        else { return }
        self.init(bytes: limit, source: .cgroup)
    }

    /// The least limit of a process' cgroup and those above it, v1 and v2; nil for none.
    private static func cgroupLimit(of pid: UInt64, _ files: HostFiles) -> UInt64? {
        var least: UInt64?
        for line in (files.text(at: "/proc/\(pid)/cgroup").value ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[2].split(separator: "/").contains("..") else { continue }
            let isUnified = parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { continue }
            let mounts = isUnified ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] : ["/sys/fs/cgroup/memory"]
            for mount in mounts {
                var directory = mount
                for part in [Substring()] + parts[2].split(separator: "/") {
                    if !part.isEmpty { directory += "/\(part)" }
                    let name = isUnified ? "memory.max" : "memory.limit_in_bytes"
                    guard let bytes = files.line(at: "\(directory)/\(name)").flatMap({ UInt64($0) }) else { continue }
                    least = min(least ?? .max, bytes)
                }
            }
        }
        return least
    }
}
