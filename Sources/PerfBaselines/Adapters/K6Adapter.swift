import PerfLinux
import PerfModel

/// The end-of-test summary of k6: of `handleSummary`, and of `--summary-export`, which is flat and has thresholds upside
/// down (`true` is failed).
package enum K6Adapter: ResultAdapter {
    package static let id = "k6"
    package static let explanation = "k6, handleSummary's data or --summary-export FILE"

    package static func recognizes(_ source: ResultSource) -> Bool {
        let metrics = source.json["metrics"]
        guard metrics.isObject else { return false }
        return source.json["state"].has("testRunDurationMs") || metrics.has("iterations") || metrics.has("http_reqs")
            || metrics.has("vus_max")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        if let duration = try source.json["state"]["testRunDurationMs"].amountIfKnown() {
            result.duration = .nanoseconds(Int64(min(duration * 1e6, 9e18)))
        }
        let metrics = source.json["metrics"]
        for (name, node) in try metrics.members() {
            // Only handleSummary has `values`.
            let values = node["values"].isObject ? node["values"] : node
            let (plain, tags) = split(name)
            let id = MetricSeries.ID(suite: "", benchmark: "k6", parameters: tags)
            if let series = try series(plain, id, node, values, metrics) { result.series.append(series) }
            result.objectives += try objectives(name, node, isInverted: !node["values"].isObject)
        }
        return ImportedResult(adapter: Self.id, result: result)
    }

    private static func series(
        _ name: String, _ id: MetricSeries.ID, _ node: JSONNode, _ values: JSONNode, _ metrics: JSONNode
    ) throws(ReadingProblem) -> MetricSeries? {
        if values.has("med") || values.has("avg") { return try trend(name, id, node, values, metrics) }
        if values.has("passes", "fails") {
            let passes = try values["passes"].amount()
            let sum = passes + (try values["fails"].amount())
            guard sum > 0 else { return nil }
            // A rate counts what is true, and http_req_failed is true for failures.
            let isFailure = name == "http_req_failed"
            let ratio = isFailure ? 1 - passes / sum : passes / sum
            return MetricSeries.figures(
                id, isFailure ? "success_rate" : metricName(name), "ratio",
                MetricSeries.Summary(count: count(sum), mean: ratio, median: ratio), polarity: .higherIsBetter)
        }
        guard values.has("count", "rate") else { return nil }
        let rate = try values["rate"].amount()
        return MetricSeries.figures(
            id, name == "http_reqs" ? "throughput" : "\(metricName(name))_rate", "1/s",
            MetricSeries.Summary(count: 1, mean: rate, median: rate), polarity: .higherIsBetter)
    }

    private static func trend(
        _ name: String, _ id: MetricSeries.ID, _ node: JSONNode, _ values: JSONNode, _ metrics: JSONNode
    ) throws(ReadingProblem) -> MetricSeries {
        let contains = try node["contains"].stringIfKnown()
        // --summary-export does not say what a trend contains; k6's own are times.
        let isTime =
            contains == "time"
            || contains == nil && (name.hasPrefix("http_req_") || name.hasSuffix("_duration") || name.hasPrefix("ws_"))
        let scale = isTime ? 1e6 : 1
        var percentiles: [String: Double] = [:]
        for (key, value) in try values.members() where key.hasPrefix("p(") && key.hasSuffix(")") {
            percentiles["p\(key.dropFirst(2).dropLast())"] = try value.amountIfKnown().map { $0 * scale }
        }
        func amount(_ key: String) throws(ReadingProblem) -> Double? {
            try values[key].amountIfKnown().map { $0 * scale }
        }
        let summary = MetricSeries.Summary(
            count: try observations(name, id, values, metrics), mean: try amount("avg"), minimum: try amount("min"),
            median: try amount("med"), maximum: try amount("max"), percentiles: percentiles)
        return MetricSeries.figures(
            id, name == "http_req_duration" ? "latency" : metricName(name),
            isTime ? "ns" : contains == "data" ? "bytes" : "count", summary, kind: .histogram,
            clock: isTime ? "monotonic" : nil)
    }

    /// How many observations a trend has: those of the counter beside it; 1 where none says.
    private static func observations(
        _ name: String, _ id: MetricSeries.ID, _ values: JSONNode, _ metrics: JSONNode
    ) throws(ReadingProblem) -> Int {
        if let own = try values["count"].amountIfKnown() { return count(own) }
        guard id.parameters.isEmpty else { return 1 }
        let counter =
            name.hasPrefix("http_req_") ? "http_reqs" : name == "iteration_duration" ? "iterations" : nil
        guard let counter else { return 1 }
        let node = metrics[counter]["values"].isObject ? metrics[counter]["values"] : metrics[counter]
        return try node["count"].amountIfKnown().map(count) ?? 1
    }

    private static func count(_ number: Double) -> Int { max(1, Int(min(number, 9e15))) }

    private static func objectives(
        _ name: String, _ node: JSONNode, isInverted: Bool
    ) throws(ReadingProblem) -> [BenchmarkResult.Objective] {
        guard node["thresholds"].isPresent else { return [] }
        var objectives: [BenchmarkResult.Objective] = []
        for (expression, outcome) in try node["thresholds"].members() {
            let flag = try outcome.isObject ? outcome["ok"].booleanIfKnown() : outcome.booleanIfKnown()
            objectives.append(
                BenchmarkResult.Objective(
                    expression: "k6: \(name) \(expression)",
                    isMet: flag.map { isInverted && !outcome.isObject ? !$0 : $0 }))
        }
        return objectives
    }

    /// `http_req_duration{scenario:checkout}` as a name and its tags.
    private static func split(_ name: String) -> (String, [String: String]) {
        guard let brace = name.firstIndex(of: "{"), name.last == "}" else { return (name, [:]) }
        var tags: [String: String] = [:]
        for part in name[name.index(after: brace)...].dropLast().split(separator: ",") {
            let pair = part.split(separator: ":", maxSplits: 1).map { String($0.trimmed) }
            if let key = pair.first { tags[key] = pair.count > 1 ? pair[1] : "" }
        }
        return (String(name[..<brace]), tags)
    }

    private static func metricName(_ name: String) -> String { MetricSeries.metricName(name) }
}
