import PerfModel

/// `-rf json` of JMH: forks of iterations; numbers may be the text "NaN".
package enum JMHAdapter: ResultAdapter {
    package static let id = "jmh"
    package static let explanation = "JMH, -rf json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.first.has("benchmark", "mode", "primaryMetric")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        for node in try source.json.elements() {
            var id = MetricSeries.ID(suite: "", benchmark: try node["benchmark"].string())
            if node["params"].isPresent {
                for (name, value) in try node["params"].members() { id.parameters[name] = value.word ?? "" }
            }
            id.parameters["mode"] = try node["mode"].string()
            if let threads = try node["threads"].countIfKnown(), threads != 1 {
                id.parameters["threads"] = "\(threads)"
            }
            let warmup = try node["warmupIterations"].countIfKnown() ?? 0
            if let series = try series(node["primaryMetric"], id, name: nil, warmup) { result.series.append(series) }
            guard node["secondaryMetrics"].isPresent else { continue }
            for (name, metric) in try node["secondaryMetrics"].members() {
                if let series = try series(metric, id, name: name, warmup) { result.series.append(series) }
            }
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }

    private static func series(
        _ metric: JSONNode, _ id: MetricSeries.ID, name: String?, _ warmup: Int
    ) throws(ReadingProblem) -> MetricSeries? {
        let (unit, scale) = unit(try metric["scoreUnit"].string())
        let metricName = name.map(MetricSeries.metricName) ?? (unit == "1/s" ? "throughput" : "wall_time")
        let polarity: MetricSeries.Polarity = unit == "1/s" && name == nil ? .higherIsBetter : .lowerIsBetter
        var samples: [MetricSeries.Sample] = []
        if metric["rawData"].isPresent {
            for (fork, iterations) in try metric["rawData"].elements().enumerated() {
                for value in try iterations.elements() {
                    // A secondary metric may have had nothing to count.
                    guard let amount = try value.amountIfKnown() else { continue }
                    samples.append(
                        MetricSeries.Sample(process: fork, order: samples.count, value: amount * scale))
                }
            }
        }
        if !samples.isEmpty {
            return MetricSeries(
                id: id, metric: metricName, unit: unit, polarity: polarity, kind: .sampled,
                clock: unit == "ns" ? "monotonic" : nil, warmup: warmup, samples: samples)
        }
        guard let score = try metric["score"].amountIfKnown() else { return nil }
        var percentiles: [String: Double] = [:]
        if metric["scorePercentiles"].isPresent {
            for (key, value) in try metric["scorePercentiles"].members() {
                guard let percent = Double(key), percent > 0, percent < 100 else { continue }
                percentiles[SLOExpression.Statistic.name(ofPercentile: percent / 100)] =
                    try value.amountIfKnown().map { $0 * scale }
            }
        }
        let summary = MetricSeries.Summary(
            count: max(1, try histogramCount(metric["rawDataHistogram"])), mean: score * scale,
            median: percentiles["p50"], percentiles: percentiles)
        return MetricSeries.figures(
            id, metricName, unit, summary, clock: unit == "ns" ? "monotonic" : nil, polarity: polarity)
    }

    /// Observations of the mode that samples times: forks of iterations of pairs of value and count.
    private static func histogramCount(_ node: JSONNode) throws(ReadingProblem) -> Int {
        guard node.isPresent else { return 0 }
        var sum = 0.0
        for fork in try node.elements() {
            for iteration in try fork.elements() {
                for pair in try iteration.elements() { sum += try pair.elements().last?.amount() ?? 0 }
            }
        }
        return Int(min(sum, 9e15))
    }

    /// `"ms/op"` is a time, `"ops/ms"` a rate, `"B/op"` bytes.
    private static func unit(_ text: String) -> (unit: String, scale: Double) {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        if parts.count == 2, parts[0].hasPrefix("op"), let time = SLOUnit(parts[1]), time.base == "ns" {
            return ("1/s", 1e9 / time.scale)
        }
        if parts.count == 2, parts[1].hasPrefix("op"), let unit = SLOUnit(parts[0]) { return (unit.base, unit.scale) }
        if let unit = SLOUnit(text) { return (unit.base, unit.scale) }
        return ("count", 1)
    }
}
