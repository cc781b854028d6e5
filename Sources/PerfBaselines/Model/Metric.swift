/// A metric that perfdoctor knows: what it is called, measured in, and how it may be judged.
package struct Metric: Hashable, Sendable {
    package var name: String
    package var unit: String
    package var polarity: MetricSeries.Polarity
    package var kind: MetricSeries.Kind
    /// One sentence for people.
    package var explanation: String

    package static let all: [Metric] = [
        Metric("cpu_time", "ns", .sampled, "user and system time of the process and its children"),
        Metric("wall_time", "ns", .sampled, "from start to end"),
        Metric("peak_rss", "bytes", .sampled, "the most memory that was resident at once"),
        Metric("page_faults", "count", .sampled, "page faults, with and without reading from disk"),
        Metric("major_faults", "count", .sampled, "page faults that read from disk"),
        Metric("context_switches", "count", .sampled, "times that threads left a CPU"),
        Metric("off_cpu_ratio", "ratio", .sampled, "of the wall time, the part in which it was on no CPU"),
        Metric("system_calls", "count", .deterministic, "system calls"),
        Metric("allocations", "count", .deterministic, "calls of malloc and its family"),
        Metric("allocated_bytes", "bytes", .deterministic, "bytes that were asked for of malloc and its family"),
        Metric("instructions", "count", .deterministic, "instructions in user space"),
        Metric("latency", "ns", .histogram, "time that single operations took"),
        Metric("throughput", "1/s", .sampled, "operations a second", .higherIsBetter),
        Metric("success_rate", "ratio", .sampled, "operations that succeeded, of all", .higherIsBetter),
        Metric("leaks", "count", .deterministic, "blocks that nothing refers to at the end"),
        Metric("leaked_bytes", "bytes", .deterministic, "bytes of blocks that nothing refers to at the end"),
        Metric("peak_heap", "bytes", .sampled, "the most bytes that were allocated at once"),
        Metric("memory", "bytes", .sampled, "memory in use, on average"),
        Metric("cpu_busy_ratio", "ratio", .sampled, "of the time of all CPUs, the part in which they worked"),
    ]

    package static func named(_ name: String) -> Metric? { all.first { $0.name == name } }

    /// One that a program reports, which may have a name that nobody knows.
    package init(
        reported name: String, unit: String, polarity: MetricSeries.Polarity, kind: MetricSeries.Kind
    ) {
        self.init(name, unit, kind, "as the program reports it", polarity)
    }

    private init(
        _ name: String, _ unit: String, _ kind: MetricSeries.Kind, _ explanation: String,
        _ polarity: MetricSeries.Polarity = .lowerIsBetter
    ) {
        self.name = name
        self.unit = unit
        self.kind = kind
        self.explanation = explanation
        self.polarity = polarity
    }
}
