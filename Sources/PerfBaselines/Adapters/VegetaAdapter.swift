import PerfModel

/// `vegeta report -type=json`: nanoseconds.
package enum VegetaAdapter: ResultAdapter {
    package static let id = "vegeta"
    package static let explanation = "vegeta report -type=json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("latencies", "requests", "success")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let json = source.json
        let latencies = json["latencies"]
        let id = MetricSeries.ID(suite: "", benchmark: "vegeta")
        let count = max(1, try json["requests"].count())
        var percentiles: [String: Double] = [:]
        for (key, value) in try latencies.members() {
            guard key.hasSuffix("th"), let number = Double(key.dropLast(2)), number > 0, number < 100 else { continue }
            percentiles[SLOExpression.Statistic.name(ofPercentile: number / 100)] = try value.amountIfKnown()
        }
        let latency = MetricSeries.Summary(
            count: count, mean: try latencies["mean"].amountIfKnown(), minimum: try latencies["min"].amountIfKnown(),
            median: percentiles["p50"], maximum: try latencies["max"].amountIfKnown(), percentiles: percentiles)
        let success = try json["success"].amount()
        var result = BenchmarkResult(series: [
            MetricSeries.figures(id, "latency", "ns", latency, kind: .histogram, clock: "monotonic"),
            MetricSeries.figures(
                id, "success_rate", "ratio", MetricSeries.Summary(count: count, mean: success, median: success)),
        ])
        // `throughput` counts what succeeded, `rate` what was sent.
        if let rate = try json["throughput"].amountIfKnown() {
            result.series.append(.figure(id, "throughput", "1/s", rate))
        }
        if let rate = try json["rate"].amountIfKnown() {
            result.series.append(.figure(id, "request_rate", "1/s", rate))
        }
        result.startedAt = try json["earliest"].stringIfKnown().flatMap(InternetTime.nanosecondsSince1970)
        result.duration = try json["duration"].amountIfKnown().map { .nanoseconds(Int64(min($0, 9e18))) }
        return ImportedResult(adapter: Self.id, result: result)
    }
}
