import PerfModel

/// A baseline of ordo-one/benchmark, `.benchmarkBaselines/TARGET/NAME/results.json`: dictionaries as alternating arrays
/// of keys and values, dense histograms, times in nanoseconds for `scalingFactor` repetitions.
package enum SwiftPackageBaselineAdapter: ResultAdapter {
    package static let id = "ordo-one/benchmark"
    package static let explanation = "ordo-one/benchmark, .benchmarkBaselines/TARGET/NAME/results.json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json["machine"].isObject && source.json["results"].first.has("target", "name")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var imported = ImportedResult(adapter: Self.id, result: BenchmarkResult(series: []))
        let isDarwin = try source.json["machine"]["kernelVersion"].stringIfKnown()?.contains("Darwin") ?? false
        let pairs = try source.json["results"].elements()
        guard pairs.count.isMultiple(of: 2) else {
            throw ReadingProblem(place: "results", reason: "a benchmark without its metrics")
        }
        for index in stride(from: 0, to: pairs.count, by: 2) {
            let id = MetricSeries.ID(
                suite: try pairs[index]["target"].string(), benchmark: try pairs[index]["name"].string())
            for node in try pairs[index + 1].elements() {
                let series = try series(node, id)
                // The tool counts neither on Linux, and says 0.
                let isBlind = ["system_calls", "context_switches"].contains(series.metric) && !isDarwin
                guard !isBlind || series.summary?.maximum ?? 0 > 0 else {
                    imported.unmeasured.append(
                        Unmeasured(
                            id: "\(id.text): \(series.metric)",
                            reason: "ordo-one/benchmark does not count it on Linux, and says 0",
                            remedy: "measure it: perfdoctor bench"))
                    continue
                }
                imported.result.series.append(series)
            }
        }
        return imported
    }

    private static func series(_ node: JSONNode, _ id: MetricSeries.ID) throws(ReadingProblem) -> MetricSeries {
        let (metric, unit, isScaled) = try metric(node["metric"])
        let statistics = node["statistics"]
        let histogram = try DenseHistogram(statistics["histogram"])
        let scaling = max(1, try node["scalingFactor"].countIfKnown() ?? 1)
        // Throughput counts blocks of repetitions.
        let divisor = isScaled ? Double(scaling) : metric == "throughput" ? 1 / Double(scaling) : 1
        let prefersLarger = try statistics["prefersLarger"].booleanIfKnown() ?? (unit == "1/s")
        var percentiles: [String: Double] = [:]
        for ratio in [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999] {
            guard let value = histogram.value(at: ratio) else { continue }
            percentiles[SLOExpression.Statistic.name(ofPercentile: ratio)] = Double(value) / divisor
        }
        var series = MetricSeries.figures(
            id, metric, unit,
            MetricSeries.Summary(
                count: histogram.total, mean: histogram.mean.map { $0 / divisor },
                minimum: histogram.buckets.first.map { Double($0.value) / divisor }, median: percentiles["p50"],
                maximum: histogram.buckets.last.map { Double($0.value) / divisor }, percentiles: percentiles),
            kind: .histogram, innerIterations: divisor == 1 ? 1 : scaling,
            polarity: prefersLarger ? .higherIsBetter : .lowerIsBetter)
        series.warmup = try node["warmupIterations"].countIfKnown() ?? 0
        // Whole numbers of a thousand repetitions are no whole numbers of one.
        if divisor == 1 { series.histogram = histogram.sparse }
        return series
    }

    private static func metric(
        _ node: JSONNode
    ) throws(ReadingProblem) -> (name: String, unit: String, isScaled: Bool) {
        guard let (key, value) = try node.members().first else {
            throw ReadingProblem(place: node.path, reason: "a metric without a name")
        }
        if key == "custom" {
            let isScaled = try value["useScalingFactor"].booleanIfKnown() ?? true
            return (MetricSeries.metricName(try value["_0"].string()), "count", isScaled)
        }
        return SwiftPackageMetric.named(key)
    }
}
