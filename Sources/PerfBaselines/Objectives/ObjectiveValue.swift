import PerfModel
import PerfStatistics

/// A number of a series as an objective needs it, or why there is none.
enum ObjectiveValue: Hashable {
    /// `count` observations stand behind it.
    case known(Double, statistic: String, count: Int)
    case unknown(reason: String, count: Int)

    init(_ statistic: SLOExpression.Statistic, of series: MetricSeries) {
        let count = Self.count(of: series)
        guard count > 0 else {
            self = .unknown(reason: "it has no observations", count: 0)
            return
        }
        switch statistic {
        case .typical:
            // Counts that are the same in every run: should they differ, the worst one.
            let isCounter = series.kind == .deterministic && !series.samples.isEmpty
            if !isCounter {
                self = Self.median(series, count)
            } else {
                self = series.polarity == .lowerIsBetter ? Self.maximum(series, count) : Self.minimum(series, count)
            }
        case .median: self = Self.median(series, count)
        case .percentile(let ratio): self = Self.percentile(ratio, series, count)
        case .mean: self = Self.mean(series, count)
        case .minimum: self = Self.minimum(series, count)
        case .maximum: self = Self.maximum(series, count)
        }
    }

    private static func count(of series: MetricSeries) -> Int {
        if let histogram = series.histogram { return histogram.total }
        if !series.samples.isEmpty { return series.samples.count }
        return series.summary?.count ?? 0
    }

    /// Observations that a percentile needs: ten beyond it, 200 for p95.
    static func needed(for ratio: Double) -> Int {
        Int(min(1e15, (10 / (1 - ratio) * (1 - 1e-9)).rounded(.up)))
    }

    private static func percentile(_ ratio: Double, _ series: MetricSeries, _ count: Int) -> Self {
        let name = SLOExpression.Statistic.name(ofPercentile: ratio)
        let needed = needed(for: ratio)
        guard count >= needed else {
            return .unknown(
                reason: "\(name) needs \(needed) observations, and there \(count == 1 ? "is 1" : "are \(count)")",
                count: count)
        }
        let value: Double? =
            if let histogram = series.histogram {
                histogram.value(at: ratio).map { Double($0) }
            } else if !series.samples.isEmpty {
                Percentile.value(at: ratio, ofSorted: series.samples.map(\.value).sorted())
            } else {
                series.summary?.percentiles[name]
            }
        guard let value else { return .unknown(reason: "the result does not say \(name)", count: count) }
        return .known(value, statistic: name, count: count)
    }

    private static func median(_ series: MetricSeries, _ count: Int) -> Self {
        if let histogram = series.histogram, let value = histogram.value(at: 0.5) {
            return .known(Double(value), statistic: "median", count: count)
        }
        if let value = Percentile.value(at: 0.5, ofSorted: series.samples.map(\.value).sorted()) {
            return .known(value, statistic: series.samples.count == 1 ? "value" : "median", count: count)
        }
        if let value = series.summary?.median ?? series.summary?.percentiles["p50"] {
            return .known(value, statistic: count == 1 ? "value" : "median", count: count)
        }
        guard let mean = series.summary?.mean else {
            return .unknown(reason: "the result does not say the median", count: count)
        }
        // Better than nothing, and said so.
        return .known(mean, statistic: count == 1 ? "value" : "mean", count: count)
    }

    private static func mean(_ series: MetricSeries, _ count: Int) -> Self {
        let value: Double? =
            if let histogram = series.histogram {
                histogram.counts.reduce(0) { $0 + Double($1.value) * Double($1.count) } / Double(count)
            } else if !series.samples.isEmpty {
                series.samples.reduce(0) { $0 + $1.value } / Double(count)
            } else {
                series.summary?.mean
            }
        return value.map { .known($0, statistic: "mean", count: count) }
            ?? .unknown(reason: "the result does not say the mean", count: count)
    }

    private static func minimum(_ series: MetricSeries, _ count: Int) -> Self {
        let value =
            series.histogram?.counts.first { $0.count > 0 }.map { Double($0.value) }
            ?? series.samples.map(\.value).min() ?? series.summary?.minimum
        let name = series.samples.count == 1 ? "value" : "min"
        return value.map { .known($0, statistic: name, count: count) }
            ?? .unknown(reason: "the result does not say the smallest", count: count)
    }

    private static func maximum(_ series: MetricSeries, _ count: Int) -> Self {
        let value =
            series.histogram?.counts.last { $0.count > 0 }.map { Double($0.value) }
            ?? series.samples.map(\.value).max() ?? series.summary?.maximum
        let name = series.samples.count == 1 ? "value" : "max"
        return value.map { .known($0, statistic: name, count: count) }
            ?? .unknown(reason: "the result does not say the largest", count: count)
    }
}
