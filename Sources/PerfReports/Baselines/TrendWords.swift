import PerfBaselines
import PerfModel

/// What the forms of a trend say alike.
enum TrendWords {
    /// `"json/parse, CPU time"`.
    static func title(_ series: BaselineTrend.Series) -> String {
        "\(series.id.text), \(GateWords.name(ofMetric: series.metric))".printable
    }

    /// `"+4.1% since 3f2a1c0d, 2026-11-02"`, and what there is to say about it.
    static func change(_ change: BaselineTrend.Change, in series: BaselineTrend.Series) -> String {
        let (before, after) = (value(change.before, series), value(change.after, series))
        let size = change.ratio.map(GateWords.change) ?? "from nothing"
        let detail = ["\(before) before, \(after) since"] + change.circumstances
        return "\(size) since \(place(series.points[change.index])): \(change.isWorse ? "worse" : "better")"
            + " (\(detail.joined(separator: "; ")))".printable
    }

    /// `"3f2a1c0d, 2026-11-02"`.
    static func place(_ point: BaselineTrend.Point) -> String {
        let parts = [point.commit.map { String($0.prefix(8)).printable }, date(point.time)].compactMap { $0 }
        return parts.isEmpty ? "a result without date and commit" : parts.joined(separator: ", ")
    }

    static func date(_ time: Int64?) -> String? {
        time.map { String(InternetTime.text(nanosecondsSince1970: $0).prefix(10)) }
    }

    static func value(_ value: Double, _ series: BaselineTrend.Series) -> String {
        MetricValue.text(value, unit: series.unit)
    }

    /// `"12.3 ms now; from 10.1 ms to 12.9 ms in 43 results"`.
    static func range(_ series: BaselineTrend.Series) -> String {
        let values = series.points.map(\.value)
        guard let last = values.last, let least = values.min(), let most = values.max() else { return "no results" }
        let span =
            least == most
            ? "the same" : "from \(value(least, series)) to \(value(most, series))"
        return "\(value(last, series)) now; \(span) in \(Quantity.counted(Int64(values.count), "result"))"
    }

    /// What is said where nothing changed.
    static func calm(_ series: BaselineTrend.Series) -> String {
        series.isShort
            ? "no change that can be told from chance, which takes 12 results or more"
            : "no change in the last \(Quantity.grouped(Int64(series.points.count))) results"
    }

    /// `"parser of machine class m: 43 versions, 2026-08-01 to 2026-11-02"`.
    static func headline(_ trend: BaselineTrend) -> String {
        let times = trend.series.flatMap { $0.points.compactMap(\.time) }
        var text =
            "\(trend.name) of machine class \(trend.machineClass): "
            + Quantity.counted(Int64(trend.versionCount), "version")
        if let first = date(times.min()), let last = date(times.max()) {
            text += first == last ? ", \(first)" : ", \(first) to \(last)"
        }
        return text.printable
    }
}
