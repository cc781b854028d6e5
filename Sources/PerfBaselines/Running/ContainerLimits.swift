import PerfLinux
import PerfModel

/// Limits of our own cgroup and those above it, in v2 and v1 where they are usually mounted.
enum ContainerLimits {
    /// More than any machine has: how v1 says that there is no limit.
    private static let unlimited: UInt64 = 1 << 60

    /// The least of all limits; nil for none.
    static func current(_ files: HostFiles) -> BenchmarkMachine.Container? {
        var quota: Double?
        var limit: UInt64?
        for line in (files.text(at: "/proc/self/cgroup").value ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[2].split(separator: "/").contains("..") else { continue }
            let controllers = parts[1].split(separator: ",")
            if parts[1].isEmpty {
                for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
                    for directory in directories(parts[2], below: mount) {
                        let fields = files.line(at: "\(directory)/cpu.max")?.split(separator: " ") ?? []
                        if fields.count == 2 { least(&quota, cpus(Int(fields[0]), Int(fields[1]))) }
                        least(&limit, files.line(at: "\(directory)/memory.max").flatMap { UInt64($0) })
                    }
                }
            }
            if controllers.contains("cpu") {
                for mount in ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"] {
                    for directory in directories(parts[2], below: mount) {
                        least(
                            &quota,
                            cpus(
                                files.number(at: "\(directory)/cpu.cfs_quota_us"),
                                files.number(at: "\(directory)/cpu.cfs_period_us")))
                    }
                }
            }
            if controllers.contains("memory") {
                for directory in directories(parts[2], below: "/sys/fs/cgroup/memory") {
                    let bytes = files.line(at: "\(directory)/memory.limit_in_bytes").flatMap { UInt64($0) }
                    least(&limit, bytes.flatMap { $0 < unlimited ? $0 : nil })
                }
            }
        }
        guard quota != nil || limit != nil else { return nil }
        return BenchmarkMachine.Container(cpuQuota: quota, memoryLimitBytes: limit)
    }

    /// A cgroup's directory and those above it, the root included.
    private static func directories(_ path: Substring, below mount: String) -> [String] {
        var result = [mount]
        var directory = mount
        for part in path.split(separator: "/") {
            directory += "/" + part
            result.append(directory)
        }
        return result
    }

    private static func cpus(_ quota: Int?, _ period: Int?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return Double(quota) / Double(period)
    }

    private static func least<Value: Comparable>(_ value: inout Value?, _ other: Value?) {
        guard let other else { return }
        value = value.map { min($0, other) } ?? other
    }
}
