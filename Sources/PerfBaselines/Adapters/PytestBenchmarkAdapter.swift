import PerfModel

/// `pytest --benchmark-json`: seconds, rounds within one process.
package enum PytestBenchmarkAdapter: ResultAdapter {
    package static let id = "pytest-benchmark"
    package static let explanation = "pytest --benchmark-json FILE (with --benchmark-save-data: every round)"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("benchmarks", "machine_info")
            || source.json["benchmarks"].first.has("fullname", "stats")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        let commit = source.json["commit_info"]
        result.subject.commit = try commit["id"].stringIfKnown()
        result.subject.branch = try commit["branch"].stringIfKnown()
        result.subject.isDirty = try commit["dirty"].booleanIfKnown()
        result.startedAt = try source.json["datetime"].stringIfKnown().flatMap(InternetTime.nanosecondsSince1970)
        for node in try source.json["benchmarks"].elements() {
            let id = MetricSeries.ID(suite: "", benchmark: try node["fullname"].string())
            let stats = node["stats"]
            let iterations = max(1, try stats["iterations"].countIfKnown() ?? 1)
            if let data = try stats["data"].amountsIfKnown(), !data.isEmpty {
                var series = MetricSeries.observed(
                    id, "wall_time", "ns", data.map { $0 * 1e9 }, clock: "monotonic", innerIterations: iterations)
                for index in series.samples.indices { series.samples[index].process = 0 }
                result.series.append(series)
                continue
            }
            func seconds(_ key: String) throws(ReadingProblem) -> Double? {
                try stats[key].amountIfKnown().map { $0 * 1e9 }
            }
            let summary = MetricSeries.Summary(
                count: max(1, try stats["rounds"].countIfKnown() ?? 1), mean: try seconds("mean"),
                standardDeviation: try seconds("stddev"), minimum: try seconds("min"),
                median: try stats["median"].amount() * 1e9, maximum: try seconds("max"))
            result.series.append(
                MetricSeries.figures(id, "wall_time", "ns", summary, clock: "monotonic", innerIterations: iterations))
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }
}
