import PerfModel

/// What a file of results holds that can be gated.
package struct ImportedResult: Hashable, Sendable {
    /// The id of the adapter that read it.
    package var adapter: String
    package var result: BenchmarkResult
    /// What the file says that it does not know: never the same as zero.
    package var unmeasured: [Unmeasured]

    package init(adapter: String, result: BenchmarkResult, unmeasured: [Unmeasured] = []) {
        self.adapter = adapter
        self.result = result
        self.unmeasured = unmeasured
    }
}

extension MetricSeries {
    /// Whether it has no single observations, but figures of a foreign report: enough for objectives, and never for a
    /// statistical comparison.
    package var isFigure: Bool { samples.isEmpty && kind != .deterministic }

    /// Whether it is for people to read, and decides nothing: shares of a profile.
    package var isReportOnly: Bool { metric.hasPrefix("profile_") }
}
