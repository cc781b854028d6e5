/// What a line of an exposition says.
package enum ExpositionLine: Hashable, Sendable {
    case sample(MetricSample)
    case type(name: String, MetricType)
    case help(name: String, String)
    case unit(name: String, String)
    /// `# EOF` of OpenMetrics: nothing may follow.
    case end
}

/// A number of one series.
package struct MetricSample: Hashable, Sendable {
    /// With the suffix, such as `_bucket`.
    package var name: String
    package var labels: MetricLabels
    /// May be NaN or infinite.
    package var value: Double
    /// As written: milliseconds in the format of Prometheus, seconds in OpenMetrics; nil for none.
    package var timestamp: Double?
    package var exemplar: Exemplar?

    /// One observation of those that a sample counts.
    package struct Exemplar: Hashable, Sendable {
        package var labels: MetricLabels
        package var value: Double
        /// Seconds since 1970.
        package var timestamp: Double?
    }
}

/// Kinds of metric families.
package enum MetricType: String, CaseIterable, Hashable, Sendable {
    case counter, gauge, histogram, summary
    case untyped
    /// OpenMetrics.
    case unknown, gaugehistogram, stateset, info
}
