import PerfHost
import PerfModel

/// One quantity over the windows of an observation, as a small chart and as columns of a table.
struct WindowChart {
    struct Series {
        var name: String
        /// One for each window; nil where it could not be seen.
        var values: [Double?]
    }

    /// From where on a check finds something.
    struct Limit {
        var value: Double
        /// `"cpu.util 85%"`.
        var text: String
    }

    var title: String
    /// As of ``Evidence/unit``.
    var unit: String
    var series: [Series]
    var limits: [Limit] = []
    /// What is told where no window has a value.
    var reason: String?
    /// The axis does not end below this.
    var least = 0.0

    /// Whether any window has a value.
    var isSeen: Bool { series.contains { $0.values.contains { $0 != nil } } }

    /// The mean over windows of the given lengths; nil where no window has a value.
    static func mean(_ values: [Double?], weights: [Double]) -> Double? {
        var (sum, weight) = (0.0, 0.0)
        for (value, length) in zip(values, weights) {
            guard let value else { continue }
            sum += value * length
            weight += length
        }
        return weight > 0 ? sum / weight : nil
    }

    /// A value in a legend or a table.
    func text(_ value: Double) -> String { EvidenceText.value(value, unit) }
}

/// When the windows of an observation were, in seconds after the first one began.
struct WindowSpans {
    let spans: [ClosedRange<Double>]

    init(_ windows: [HostWindow]) {
        var spans: [ClosedRange<Double>] = []
        var previous: HostWindow?
        var end = 0.0
        for window in windows {
            var start = end
            // A window between them that does not count leaves a gap; after a reboot time begins anew.
            if let previous, window.first.takenAt.monotonic > previous.last.takenAt.monotonic {
                start += Double(window.first.takenAt.monotonic - previous.last.takenAt.monotonic) / 1e9
            }
            end = start + window.elapsedSeconds
            spans.append(start...end)
            previous = window
        }
        self.spans = spans
    }

    var end: Double { spans.last?.upperBound ?? 0 }
    var lengths: [Double] { spans.map { $0.upperBound - $0.lowerBound } }
}
