import PerfModel

/// The cgroup of this process.
struct OwnCgroup: Sendable {
    enum Version: Sendable {
        /// Version 2 alone.
        case unified
        /// Controllers in version 1, and version 2 for names only.
        case hybrid
        case legacy
        case none
    }

    /// What it may use, and how often it was stopped for wanting more.
    struct Limits: Sendable {
        /// Hundredths are kept: `"1.5"`.
        var cpus: String?
        var memoryBytes: Int?
        var periods = 0
        var throttledPeriods = 0
    }

    let version: Version
    /// Whether perf looks for cgroups in a hierarchy of version 1.
    let hasLegacyEvents: Bool
    /// Below the mount point of its hierarchy: `"/user.slice"`.
    let path: String
    /// Where the CPU controller's files are, and the memory controller's.
    private let cpuDirectory: String
    private let memoryDirectory: String

    init(files: HostFiles) {
        var paths: [String: String] = [:]
        for line in files.text(at: "/proc/self/cgroup").value?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                paths[String(controller)] = String(parts[2])
            }
        }
        let mounts = Self.mounts(files)
        hasLegacyEvents = mounts["perf_event"] != nil
        path = paths[""] ?? paths["cpu"] ?? "/"
        if let unified = mounts["unified"], mounts["cpu"] == nil, mounts["memory"] == nil {
            version = .unified
            cpuDirectory = Self.join(unified, path)
            memoryDirectory = cpuDirectory
        } else {
            let hasControllers = mounts["cpu"] != nil || mounts["memory"] != nil
            version = !hasControllers ? .none : mounts["unified"] == nil ? .legacy : .hybrid
            cpuDirectory = Self.join(mounts["cpu"] ?? "", paths["cpu"] ?? "/")
            memoryDirectory = Self.join(mounts["memory"] ?? "", paths["memory"] ?? "/")
        }
    }

    /// What applies to this process; a limit of a parent counts too.
    func limits(in files: HostFiles) -> Limits {
        var limits = Limits()
        if version == .unified {
            let quota = files.line(at: "\(cpuDirectory)/cpu.max")?.split(separator: " ") ?? []
            if quota.count == 2 { limits.cpus = Self.ratio(Int(quota[0]), Int(quota[1])) }
            limits.memoryBytes = files.number(at: "\(memoryDirectory)/memory.max")
        } else {
            limits.cpus = Self.ratio(
                files.number(at: "\(cpuDirectory)/cpu.cfs_quota_us"),
                files.number(at: "\(cpuDirectory)/cpu.cfs_period_us")
            )
            // "No limit" is a number near 2^63 here.
            let bytes = files.number(at: "\(memoryDirectory)/memory.limit_in_bytes") ?? .max
            limits.memoryBytes = bytes < 1 << 60 ? bytes : nil
        }
        for line in files.text(at: "\(cpuDirectory)/cpu.stat").value?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { continue }
            if words[0] == "nr_periods" { limits.periods = number }
            if words[0] == "nr_throttled" { limits.throttledPeriods = number }
        }
        return limits
    }

    /// The pressure file of a resource; `nil` where cgroups have none.
    func pressurePath(of resource: String) -> String? {
        version == .unified ? "\(cpuDirectory)/\(resource).pressure" : nil
    }

    private static func ratio(_ quota: Int?, _ period: Int?) -> String? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        let hundredths = (quota.multipliedReportingOverflow(by: 100).partialValue) / period
        let rest = hundredths % 100
        if rest == 0 { return "\(hundredths / 100)" }
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func join(_ mount: String, _ path: String) -> String {
        path == "/" ? mount : mount + path
    }

    /// Mount points by controller; version 2 is called "unified".
    private static func mounts(_ files: HostFiles) -> [String: String] {
        var mounts: [String: String] = [:]
        for line in files.text(at: "/proc/self/mountinfo").value?.split(separator: "\n") ?? [] {
            // The fields after the lone dash: type, source, options. Before it, the fifth is the mount point.
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 5, words.count > dash + 3 else { continue }
            if words[dash + 1] == "cgroup2" { mounts["unified"] = String(words[4]) }
            guard words[dash + 1] == "cgroup" else { continue }
            for option in words[dash + 3].split(separator: ",") { mounts[String(option)] = String(words[4]) }
        }
        return mounts
    }
}
