import PerfModel

/// `customSmallerIsBetter` of github-action-benchmark, and `jsonSmallerIsBetter` of ordo-one/benchmark, whose value is
/// the 99th percentile: one figure for each name.
package enum SmallerIsBetterAdapter: ResultAdapter {
    package static let id = "json-smaller-is-better"
    package static let explanation =
        "github-action-benchmark customSmallerIsBetter, ordo-one/benchmark jsonSmallerIsBetter"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.first.has("name", "unit", "value")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        for node in try source.json.elements() {
            let name = try node["name"].string()
            let text = try node["unit"].string()
            let unit = SLOUnit(text)
            let metric =
                switch unit?.base {
                // "sort - Time (total CPU)"
                case "ns": name.hasSuffix(" CPU)") ? "cpu_time" : "wall_time"
                case "bytes": "memory"
                case "1/s": "rate"
                case "ratio": "ratio"
                default: "value"
                }
            var series = MetricSeries.figure(
                MetricSeries.ID(suite: "", benchmark: name), metric, unit?.base ?? "count",
                try node["value"].amount() * (unit?.scale ?? 1))
            series.polarity = .lowerIsBetter
            result.series.append(series)
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }
}
