import PerfModel

/// The eight numbers that guide A keeps on a dashboard.
package enum KeyMetric: String, CaseIterable, Hashable, Sendable {
    case apiLatency = "api_latency"
    case jobThroughput = "job_throughput"
    case errorRate = "error_rate"
    case databaseTime = "database_time"
    case redisLatency = "redis_latency"
    case cpu
    case memory
    case queueDepth = "queue_depth"

    /// For people, in eight columns at most.
    package var title: String {
        switch self {
        case .apiLatency: "API"
        case .jobThroughput: "Jobs"
        case .errorRate: "Errors"
        case .databaseTime: "Queries"
        case .redisLatency: "Redis"
        case .cpu: "CPU"
        case .memory: "Memory"
        case .queueDepth: "Queue"
        }
    }

    /// From where on it is worth a warning, and high; units as those of evidence.
    package var limits: CheckThreshold {
        switch self {
        case .apiLatency: CheckThreshold(0.5, 2, unit: "seconds", origin: "guide B for 500 ms, guide A for 2 s")
        case .jobThroughput: CheckThreshold(5, unit: "per_second", origin: "guide A")
        case .errorRate: CheckThreshold(0.01, 0.05, unit: "ratio", origin: "proposed")
        case .databaseTime: CheckThreshold(0.1, 1, unit: "seconds", origin: "guide A")
        case .redisLatency: CheckThreshold(0.01, 0.1, unit: "seconds", origin: "proposed; guide A for 100 ms")
        case .cpu: CheckThreshold(0.85, 0.95, unit: "ratio", origin: "guide A; netdata for 95%")
        case .memory: CheckThreshold(0.8, 0.9, unit: "ratio", origin: "guide A; node-mixin for 90%")
        case .queueDepth: CheckThreshold(500, 5000, unit: "count", origin: "guide A")
        }
    }

    /// Whether less is worse.
    package var isLessWorse: Bool { self == .jobThroughput }

    /// Which target would tell it.
    package var remedy: String {
        switch self {
        case .apiLatency, .errorRate: "give the service: http://…, or metrics+http://…"
        case .jobThroughput, .queueDepth: "give the Redis of RQ: redis://…"
        case .databaseTime: "give the server: postgres://…, or the service's metrics+http://…"
        case .redisLatency: "give the server: redis://…"
        case .cpu, .memory: ""
        }
    }

    /// How bad a value is; nil for a fine one.
    package func severity(of value: Double) -> Severity? {
        guard isLessWorse else { return limits.severity(of: value) }
        return value < limits.warning ? .warning : nil
    }

    /// A value of it, for people: `"340 ms"`, `"12.5/s"`, `"2.3%"`, `"1,204"`.
    package func text(_ value: Double) -> String {
        switch limits.unit {
        case "seconds": Quantity.text(Int64(min(max(value, 0), 9e9) * 1e9), unit: "ns")
        case "ratio":
            value > 0 && value < 0.0995 && self == .errorRate
                ? Quantity.fixed(value * 100, digits: 1) + "%" : Quantity.fixed(value * 100, digits: 0) + "%"
        case "per_second": Quantity.fixed(value, digits: value < 100 ? 1 : 0) + "/s"
        default: Quantity.grouped(Int64(min(max(value, 0), 9e18)))
        }
    }

    /// `"fine < 500 ms, high ≥ 2.00 s"`.
    package var limitsText: String {
        if isLessWorse { return "fine ≥ \(text(limits.warning))" }
        return "fine < \(text(limits.warning))" + (limits.critical.map { ", high ≥ \(text($0))" } ?? "")
    }
}
