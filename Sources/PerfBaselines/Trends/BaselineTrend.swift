import PerfModel
import PerfStatistics

/// What the series of a baseline have been, and where they changed.
package struct BaselineTrend: Hashable, Sendable {
    /// One result of a series.
    package struct Point: Hashable, Sendable {
        /// The middle one of its samples.
        package var value: Double
        /// How many samples.
        package var count: Int
        /// What was measured, else what stored it; nil where neither is known.
        package var commit: String?
        /// Nanoseconds since 1970-01-01 UTC; nil where nobody says.
        package var time: Int64?
        package var benchmarkVersion: String?
        package var toolchain: String?
    }

    /// From one level to another one.
    package struct Change: Hashable, Sendable {
        /// Of the first point after it.
        package var index: Int
        /// The middle of all points from the last change to this one, and from this one to the next.
        package var before: Double
        package var after: Double
        /// How likely a split as clear as this is in a series without a change, in 0...1.
        package var probability: Double
        package var isWorse: Bool
        /// What else changed at that point, for people: another version of the benchmark, another compiler.
        package var circumstances: [String]

        /// After by before; nil for a change from nothing.
        package var ratio: Double? { before > 0 ? after / before : nil }
    }

    package struct Series: Hashable, Sendable {
        package var id: MetricSeries.ID
        package var metric: String
        package var unit: String
        package var polarity: MetricSeries.Polarity
        /// The oldest first.
        package var points: [Point]
        package var changes: [Change]

        /// Whether so few points could show a change at all: fewer than this cannot be told from chance.
        package var isShort: Bool { points.count < 12 }
    }

    package var name: String
    package var machineClass: String
    package var versionCount: Int
    package var series: [Series]
    package var warnings: [Warning]
}

/// Collects the versions of a baseline, the oldest first, and finds what changed.
package struct TrendBuilder {
    private struct Key: Hashable {
        var id: MetricSeries.ID
        var metric: String
        /// Values of another unit are another series.
        var unit: String
    }

    private var order: [Key] = []
    private var found: [Key: BaselineTrend.Series] = [:]
    private var versionCount = 0
    private var lastChecksum: String?
    private var broken: [String] = []

    package init() {}

    /// Adds the next version; one that is the last one once more is none.
    ///
    /// - Parameters:
    ///   - version: of the baseline.
    ///   - commit: that stored it; nil where the store has none.
    ///   - time: when it was stored, in nanoseconds since 1970.
    package mutating func add(_ version: BaselineVersion, commit: String? = nil, time: Int64? = nil) {
        let result: BenchmarkResult
        switch version {
        case .broken(_, let reason):
            broken.append(reason)
            return
        case .whole(let baseline): result = baseline.result
        }
        let checksum = result.provenance?.sha256
        guard checksum == nil || checksum != lastChecksum else { return }
        lastChecksum = checksum
        versionCount += 1
        for series in result.series {
            guard let (value, count) = series.middle, value.isFinite else { continue }
            let key = Key(id: series.id, metric: series.metric, unit: series.unit)
            if found[key] == nil { order.append(key) }
            found[
                key,
                default: BaselineTrend.Series(
                    id: series.id, metric: series.metric, unit: series.unit, polarity: series.polarity, points: [],
                    changes: [])
            ].points.append(
                BaselineTrend.Point(
                    value: value, count: count, commit: result.subject.commit ?? commit,
                    time: result.startedAt ?? time, benchmarkVersion: series.benchmarkVersion,
                    toolchain: result.subject.swiftVersion))
        }
    }

    /// Names of what was measured, for those who look for one.
    package var benchmarks: [String] { order.map(\.id.text) }
    package var metrics: [String] { order.map(\.metric) }

    /// The trend of those series that are asked for.
    ///
    /// - Parameters:
    ///   - name: of the baseline.
    ///   - machineClass: of the baseline.
    ///   - benchmark: as `baseline show` has it, or without suite and parameters; nil for all.
    ///   - metric: nil for all.
    /// - Returns: the trend; no series where none was asked for that there is.
    /// - Complexity: quadratic in the number of versions, for each series.
    package func trend(
        name: String, machineClass: String, benchmark: String? = nil, metric: String? = nil
    ) -> BaselineTrend {
        let chosen = order.filter { key in
            (metric == nil || key.metric == metric)
                && (benchmark == nil || key.id.text == benchmark || key.id.benchmark == benchmark)
        }
        let series = chosen.compactMap { found[$0] }.map { series in
            var series = series
            series.changes = Self.changes(of: series)
            return series
        }
        var warnings: [Warning] = []
        if let first = broken.first {
            warnings.append(
                Warning(
                    code: "versions_broken",
                    message: "\(Quantity.counted(Int64(broken.count), "version")) left out: \(first)",
                    remedy: "see who changed it by hand: the tool alone writes baselines"))
        }
        return BaselineTrend(
            name: name, machineClass: machineClass, versionCount: versionCount, series: series, warnings: warnings)
    }

    private static func changes(of series: BaselineTrend.Series) -> [BaselineTrend.Change] {
        let values = series.points.map(\.value)
        let points = ChangePoints(of: values).points
        let borders = [0] + points.map(\.index) + [values.count]
        func level(_ part: Int) -> Double {
            Percentile.value(at: 0.5, ofSorted: values[borders[part]..<borders[part + 1]].sorted()) ?? 0
        }
        return points.enumerated().map { number, point in
            let (before, after) = (level(number), level(number + 1))
            return BaselineTrend.Change(
                index: point.index, before: before, after: after, probability: point.probability,
                isWorse: series.polarity == .lowerIsBetter ? after > before : after < before,
                circumstances: circumstances(series.points[point.index - 1], series.points[point.index]))
        }
    }

    private static func circumstances(_ old: BaselineTrend.Point, _ new: BaselineTrend.Point) -> [String] {
        var all: [String] = []
        if let before = old.benchmarkVersion, let after = new.benchmarkVersion, before != after {
            all.append("the benchmark itself changed there")
        }
        if let before = old.toolchain, let after = new.toolchain, before != after {
            all.append("built with Swift \(after) instead of \(before)")
        }
        return all
    }
}

extension MetricSeries {
    /// The middle one of all values, and how many there are; nil for none.
    package var middle: (value: Double, count: Int)? {
        if let histogram { return histogram.value(at: 0.5).map { (Double($0), histogram.total) } }
        if !samples.isEmpty {
            return Percentile.value(at: 0.5, ofSorted: samples.map(\.value).sorted()).map { ($0, samples.count) }
        }
        guard let summary, let value = summary.median ?? summary.mean ?? summary.percentiles["p90"] else { return nil }
        return (value, summary.count)
    }
}
