import PerfModel

/// What the tuning guides promise, as baselines of objectives without timings: `guides/small`.
///
/// The same stands as files in `Baselines/guides`, to be read and changed; a store without such a file falls back to
/// these.
package enum GuideBaselines {
    package static let machineClass = "guides"

    /// A load profile of guide A.
    private struct Profile {
        var name: String
        var connectors: Int
        var jobs: Int
        var fields: Int
        /// The lower end of what the guide expects.
        var throughput: Double
        /// The upper end, jobs a second: with the jobs at a time it says how long one takes.
        var mostThroughput: Double
        /// The upper end, as the guide writes it.
        var latency: String
        var latencySeconds: Double
        var cpuPercent: Double
        var memory: String
    }

    private static let profiles = [
        // Its 280 ms were measured once, on five jobs; 500 ms is the objective that the guide holds against them.
        Profile(
            name: "test", connectors: 10, jobs: 5, fields: 50, throughput: 0.48, mostThroughput: 0.48,
            latency: "500ms", latencySeconds: 0.28, cpuPercent: 45.2, memory: "256.7MiB"),
        Profile(
            name: "small", connectors: 50, jobs: 10, fields: 100, throughput: 2, mostThroughput: 3, latency: "800ms",
            latencySeconds: 0.8, cpuPercent: 70, memory: "2GiB"),
        Profile(
            name: "medium", connectors: 200, jobs: 25, fields: 200, throughput: 5, mostThroughput: 8, latency: "2s",
            latencySeconds: 2, cpuPercent: 85, memory: "6GiB"),
        Profile(
            name: "large", connectors: 1000, jobs: 50, fields: 500, throughput: 15, mostThroughput: 25,
            latency: "5s", latencySeconds: 5, cpuPercent: 95, memory: "12GiB"),
    ]

    /// Every one of them.
    package static let all: [StoredBaseline] = profiles.map(baseline) + [service]

    package static func named(_ name: String) -> StoredBaseline? { all.first { $0.name == name } }

    /// One that was asked for with its machine class, before its name or beside it.
    static func named(_ name: String, machineClass: String?) -> StoredBaseline? {
        let parts = name.split(separator: "/")
        let asked = machineClass ?? (parts.count > 1 ? parts.first.map(String.init) : nil)
        return asked == self.machineClass ? parts.last.flatMap { named(String($0)) } : nil
    }

    private static func baseline(_ profile: Profile) -> StoredBaseline {
        let expressions = [
            "throughput >= \(text(profile.throughput))/s", "p95 <= \(profile.latency)",
            "cpu_busy_ratio <= \(text(profile.cpuPercent))%", "memory <= \(profile.memory)",
        ]
        var result = made(expressions, guide: "tuning guide A")
        result.profile = BenchmarkResult.Profile(
            name: profile.name,
            parameters: [
                "connectors": "\(profile.connectors)", "concurrent_jobs": "\(profile.jobs)",
                "fields_per_connector": "\(profile.fields)",
            ])
        result.machine = machine
        let shortest = Double(profile.jobs) / profile.mostThroughput
        if shortest > profile.latencySeconds {
            result.warnings.append(
                Warning(
                    code: "guide_latency",
                    message:
                        "the guide's latency cannot be the whole time of a job: \(profile.jobs) jobs at a time at "
                        + "\(text(profile.mostThroughput)) jobs/s take \(Quantity.fixed(shortest, digits: 1)) s each "
                        + "(Little's law)",
                    remedy: "measure how long a job takes from enqueuing to its end, and set an objective for that"))
        }
        return StoredBaseline(
            name: profile.name, machineClass: machineClass, location: "built in", result: result)
    }

    /// The target of guide B.
    private static let service = StoredBaseline(
        name: "service", machineClass: machineClass, location: "built in",
        result: made(["p95 < 500ms", "p99 < 1s", "throughput >= 1000/s"], guide: "tuning guide B"))

    private static func made(_ expressions: [String], guide: String) -> BenchmarkResult {
        BenchmarkResult(
            series: [], objectives: expressions.map { BenchmarkResult.Objective(expression: $0, isMet: nil) },
            provenance: BenchmarkResult.Provenance(importedFrom: guide))
    }

    /// What guide A measured on.
    private static let machine = BenchmarkMachine(
        host: HostDescription(
            name: "4 vCPU, 16 GB RAM, 100 GB SSD, 1 Gbit/s", os: "", kernel: "", architecture: "",
            cpuModel:
                "2.5 GHz; PostgreSQL 14 (db.t3.medium), Redis 6 (256 MB), Python 3.11, 4 Uvicorn and 4 RQ workers",
            cpuCount: 4, memoryBytes: 16 << 30),
        machineClass: machineClass, fingerprint: "", virtualization: "", hasPMU: false, container: nil)

    private static func text(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
