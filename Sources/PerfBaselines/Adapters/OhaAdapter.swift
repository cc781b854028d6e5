import PerfModel

/// `oha --output-format json`: seconds.
package enum OhaAdapter: ResultAdapter {
    package static let id = "oha"
    package static let explanation = "oha --output-format json (--json before version 1.9)"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("summary", "latencyPercentiles") && source.json["summary"].has("requestsPerSec")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let summary = source.json["summary"]
        let id = MetricSeries.ID(suite: "", benchmark: "oha")
        var answered = 0.0
        var succeeded = 0.0
        if source.json["statusCodeDistribution"].isPresent {
            for (status, count) in try source.json["statusCodeDistribution"].members() {
                let number = try count.amount()
                answered += number
                // successRate calls every answer a success, errors of the server too.
                if let code = Int(status), (100..<400).contains(code) { succeeded += number }
            }
        }
        var failed = 0.0
        if source.json["errorDistribution"].isPresent {
            // What the end of the run cut off did not fail.
            for (error, count) in try source.json["errorDistribution"].members()
            where error != "aborted due to deadline" {
                failed += try count.amount()
            }
        }
        let count = max(1, Int(min(answered, 9e15)))
        var percentiles: [String: Double] = [:]
        for (key, value) in try source.json["latencyPercentiles"].members() where Double(key.dropFirst()) != nil {
            percentiles[key] = try value.amountIfKnown().map { $0 * 1e9 }
        }
        func seconds(_ key: String) throws(ReadingProblem) -> Double? {
            try summary[key].amountIfKnown().map { $0 * 1e9 }
        }
        let latency = MetricSeries.Summary(
            count: count, mean: try seconds("average"), minimum: try seconds("fastest"), median: percentiles["p50"],
            maximum: try seconds("slowest"), percentiles: percentiles)
        var result = BenchmarkResult(series: [
            MetricSeries.figures(id, "latency", "ns", latency, kind: .histogram, clock: "monotonic"),
            .figure(id, "throughput", "1/s", try summary["requestsPerSec"].amount()),
        ])
        if answered + failed > 0 {
            let ratio = succeeded / (answered + failed)
            result.series.append(
                MetricSeries.figures(
                    id, "success_rate", "ratio",
                    MetricSeries.Summary(count: Int(min(answered + failed, 9e15)), mean: ratio, median: ratio)))
        }
        result.duration = try seconds("total").map { .nanoseconds(Int64(min($0, 9e18))) }
        return ImportedResult(adapter: Self.id, result: result)
    }
}
