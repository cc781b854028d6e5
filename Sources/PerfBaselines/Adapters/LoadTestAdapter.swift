import PerfModel

/// The `run_load_test.py` of the tuning guide: one run, latencies in milliseconds.
package enum LoadTestAdapter: ResultAdapter {
    package static let id = "run_load_test"
    package static let explanation = "the tuning guide's run_load_test.py --output FILE"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("execution", "performance")
            && (source.json["execution"].has("total_jobs") || source.json["performance"].has("throughput"))
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let execution = source.json["execution"]
        let performance = source.json["performance"]
        let id = MetricSeries.ID(suite: "", benchmark: "load_test")
        var result = BenchmarkResult(series: [])
        let jobs = try execution["total_jobs"].countIfKnown()
        let completed = try execution["completed"].countIfKnown()
        if let rate = try performance["throughput"]["jobs_per_sec"].amountIfKnown() {
            result.series.append(.figure(id, "throughput", "1/s", rate))
        }
        if let rate = try performance["throughput"]["fields_per_sec"].amountIfKnown() {
            var series = MetricSeries.figure(id, "field_throughput", "1/s", rate)
            series.polarity = .higherIsBetter
            result.series.append(series)
        }
        if performance["latency"].isPresent {
            var percentiles: [String: Double] = [:]
            for (key, value) in try performance["latency"].members() where Double(key.dropFirst()) != nil {
                percentiles[key] = try value.amountIfKnown().map { $0 * 1e6 }
            }
            // A percentile rests on the jobs of the run; the run itself is one.
            let summary = MetricSeries.Summary(
                count: max(1, completed ?? jobs ?? 1), median: percentiles["p50"], percentiles: percentiles)
            result.series.append(
                MetricSeries.figures(id, "latency", "ns", summary, kind: .histogram, clock: "monotonic"))
        }
        if let success = try successRate(execution, jobs, completed) {
            result.series.append(
                MetricSeries.figures(
                    id, "success_rate", "ratio",
                    MetricSeries.Summary(count: max(1, jobs ?? 1), mean: success, median: success)))
        }
        let resources = source.json["resources"]
        if let percent = try resources["cpu_percent_avg"].amountIfKnown() {
            result.series.append(.figure(id, "cpu_busy_ratio", "ratio", percent / 100))
        }
        if let memory = try resources["memory_mb_avg"].amountIfKnown() {
            // The guide's MB are mebibytes.
            result.series.append(.figure(id, "memory", "bytes", memory * 1_048_576))
        }
        if let seconds = try execution["duration_seconds"].amountIfKnown() {
            result.duration = .nanoseconds(Int64(min(seconds * 1e9, 9e18)))
        }
        return ImportedResult(adapter: Self.id, result: result)
    }

    /// Of the counts, which are exact; else as it is stated.
    private static func successRate(
        _ execution: JSONNode, _ jobs: Int?, _ completed: Int?
    ) throws(ReadingProblem) -> Double? {
        guard let jobs, let completed, jobs > 0 else {
            return try execution["success_rate_percent"].amountIfKnown().map { $0 / 100 }
        }
        guard completed <= jobs else {
            throw ReadingProblem(place: "execution.completed", reason: "\(completed) of \(jobs) jobs")
        }
        return Double(completed) / Double(jobs)
    }
}
