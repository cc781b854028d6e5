import Glibc
import PerfModel
import PerfProbes

/// Latencies by percentile, a line for each target: the axis has as much room from 90% to 99% as from 99% to 99.9%.
///
/// Source: G. Tene's HdrHistogram plots. A target's line ends with the last of its answers.
struct PercentilePlot {
    /// Those with answers, and the look of each.
    let targets: [(measurement: ProbeMeasurement, look: Int)]
    let scale: LatencyScale
    /// Powers of ten that answers are beyond.
    private let end: Double

    init(_ targets: [(measurement: ProbeMeasurement, look: Int)], scale: LatencyScale) {
        self.targets = targets
        self.scale = scale
        let most = targets.map(\.measurement.received).max() ?? 1
        end = max(1, log10(Double(max(most, 2))))
    }

    func write(to page: inout HTMLMarkup) {
        let height = 240.0
        let plot = StretchedPlot(
            height: height,
            rows: scale.ticks(atMost: 10).map { .init(position: scale.position($0.nanoseconds), text: $0.text) },
            columns: columns, words: words)
        plot.write(to: &page) { page in
            for (measurement, look) in targets {
                page.element("path", ["class": "series s\(look)", "d": path(measurement, height)]) { page in
                    page.element("title", ProbeWords.name(of: measurement))
                }
            }
        }
    }

    private var columns: [StretchedPlot.Label] {
        let all: [(beyond: Double, text: String)] = [
            (2, "50%"), (10, "90%"), (100, "99%"), (1e3, "99.9%"), (1e4, "99.99%"), (1e5, "99.999%"),
        ]
        // A label needs room on a narrow page.
        return all.filter { log10($0.beyond) <= end * 1.001 }
            .map { .init(position: min(1, log10($0.beyond) / end), text: $0.text) }
    }

    private var words: String {
        let parts = targets.map { one, _ in
            let latency = one.latency
            let values = [("p50", latency?.p50), ("p90", latency?.p90), ("p99", latency?.p99), ("max", latency?.max)]
            let known = values.compactMap { name, value in value.map { "\(name) \(ProbeTable.time($0))" } }
            return "\(ProbeWords.name(of: one)): \(known.joined(separator: ", "))"
        }
        return "Latency by percentile. \(parts.joined(separator: "; "))"
    }

    /// Steps: a share of the answers took as long or less.
    private func path(_ measurement: ProbeMeasurement, _ height: Double) -> String {
        let buckets = measurement.recorder.buckets
        let total = Double(buckets.reduce(0) { $0 + $1.count })
        guard total > 0 else { return "" }
        var path = ""
        var (below, x) = (0.0, 0.0)
        var drawn = -10.0
        for bucket in buckets {
            let y = StretchedPlot.number(height * (1 - scale.position(Double(bucket.latency))))
            // Steps that are narrower than a line are one.
            if path.isEmpty {
                path = "M0 \(y)"
            } else if x - drawn >= 0.7 || below + Double(bucket.count) >= total {
                path += "H\(StretchedPlot.number(x))V\(y)"
                drawn = x
            }
            below += Double(bucket.count)
            let beyond = max(total - below, 1) / total
            x = min(1, -log10(beyond) / end) * StretchedPlot.width
        }
        return path + "H\(StretchedPlot.number(x))"
    }
}
