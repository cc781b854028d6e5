import PerfModel

/// `--format json` of google/swift-benchmark: medians in nanoseconds.
package enum SwiftBenchmarkAdapter: ResultAdapter {
    package static let id = "swift-benchmark"
    package static let explanation = "google/swift-benchmark, --format json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        guard !source.json.has("context"), !source.json.has("machine_info") else { return false }
        let first = source.json["benchmarks"].first
        return first.has("name") && (first.has("time") || first.has("median") || first.has("avg"))
            && !first.has("stats")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        for node in try source.json["benchmarks"].elements() {
            let id = MetricSeries.ID(suite: "", benchmark: try node["name"].string())
            let median = try node[node["time"].isPresent ? "time" : "median"].amountIfKnown()
            var percentiles: [String: Double] = [:]
            for (key, value) in try node.members() where key.hasPrefix("p") && Double(key.dropFirst()) != nil {
                percentiles[key] = try value.amountIfKnown()
            }
            // `std` is a percentage of the median, `std_abs` nanoseconds.
            let relative = try node["std"].amountIfKnown()
            let absolute = try node["std_abs"].amountIfKnown()
            let deviation = absolute ?? relative.flatMap { part in median.map { $0 * part / 100 } }
            let summary = MetricSeries.Summary(
                count: max(1, try node["iterations"].countIfKnown() ?? 1), mean: try node["avg"].amountIfKnown(),
                standardDeviation: deviation, minimum: try node["min"].amountIfKnown(), median: median,
                maximum: try node["max"].amountIfKnown(), percentiles: percentiles)
            guard summary.median != nil || summary.mean != nil else {
                throw ReadingProblem(place: node["time"].path, reason: "a number is needed, and it is missing")
            }
            result.series.append(MetricSeries.figures(id, "wall_time", "ns", summary, clock: "monotonic"))
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }
}
