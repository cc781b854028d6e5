import PerfModel

/// The CPUs that workers may use, and who says so.
package struct EffectiveCPUs: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// `--cores`.
        case option
        /// This host: the least of these.
        case host(online: Int, affinity: Int?, cpuset: Int?, quota: Double?)
        /// The host of a result that comes from another machine: its online CPUs.
        case document(file: String)
    }

    /// Above 0; a quota may leave a part of a CPU.
    package var count: Double
    package var origin: Origin

    package init(count: Double, origin: Origin) {
        self.count = count
        self.origin = origin
    }

    /// `"2 CPUs of this host, by its cgroup's quota (4 online)"`.
    package var text: String {
        let amount = Figure.counted(count, "CPU")
        switch origin {
        case .option: return "\(amount) (--cores)"
        case .document(let file): return "\(amount) of the host in \(file.printable), whose quotas are unknown"
        case .host(let online, let affinity, let cpuset, let quota):
            let limits: [(Double?, String)] = [
                (quota, "its cgroup's quota"), (cpuset.map(Double.init), "its cpuset"),
                (affinity.map(Double.init), "its affinity"),
            ]
            guard count < Double(online), let limit = limits.first(where: { $0.0 == count }) else {
                return "\(amount) of this host"
            }
            return "\(amount) of this host by \(limit.1) (\(online) online)"
        }
    }
}
