import PerfModel

/// A key metric as a watcher shows it.
package struct KeyMetricState: Hashable, Sendable {
    package var metric: KeyMetric
    package var reading: Availability<KeyReading>
    /// The URL of who tells it, without secrets; nil for the host itself, and for nobody.
    package var source: String?
    /// Values of the last minute, the oldest first; nil where there was none.
    package var history: [Double?]
    /// Nil for a fine value, and for none.
    package var severity: Severity?

    package init(
        metric: KeyMetric, reading: Availability<KeyReading>, source: String?, history: [Double?], severity: Severity?
    ) {
        self.metric = metric
        self.reading = reading
        self.source = source
        self.history = history
        self.severity = severity
    }

    package static func == (left: KeyMetricState, right: KeyMetricState) -> Bool {
        left.metric == right.metric && left.reading == right.reading && left.source == right.source
            && left.history == right.history && left.severity == right.severity
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(metric)
        hasher.combine(history)
    }

    /// `"fine"`, `"warning"`, `"high"`, `"unmeasured"`.
    package var word: String {
        guard case .available = reading else { return "unmeasured" }
        return switch severity {
        case .critical: "high"
        case .warning: "warning"
        case .info, nil: "fine"
        }
    }
}
