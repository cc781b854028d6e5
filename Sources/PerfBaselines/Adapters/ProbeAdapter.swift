import PerfModel

/// A document of kind `probe`: latencies and losses of targets.
package enum ProbeAdapter: ResultAdapter {
    package static let id = "perfdoctor-probe"
    package static let explanation = "perfdoctor probe --format json: latencies of targets"

    package static func recognizes(_ source: ResultSource) -> Bool { source.documentKind == "probe" }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var imported = ImportedResult(adapter: Self.id, result: BenchmarkResult(series: []))
        for target in try source.json["targets"].elements() {
            let url = try target["url"].string()
            var id = MetricSeries.ID(suite: "", benchmark: url)
            if let method = try target["method"].stringIfKnown() { id.parameters["method"] = method }
            let sent = try target["sent"].count()
            let received = try target["received"].count()
            guard received <= sent else {
                throw ReadingProblem(place: target["received"].path, reason: "more answers than questions")
            }
            let verdict = try target["verdict"].stringIfKnown()
            if verdict == "invalid" {
                imported.unmeasured.append(
                    Unmeasured(
                        id: "probe: \(id.text)",
                        reason: try target["error"].stringIfKnown() ?? "the measurement cannot be trusted",
                        remedy: "probe again with a lower rate, on a host that is not busy"))
                continue
            }
            if sent > 0 {
                let ratio = Double(received) / Double(sent)
                imported.result.series.append(
                    MetricSeries.figures(
                        id, "success_rate", "ratio",
                        MetricSeries.Summary(count: sent, mean: ratio, median: ratio)))
            }
            guard let latency = try latency(target, received) else {
                imported.unmeasured.append(
                    Unmeasured(
                        id: "probe: \(id.text): latency",
                        reason: try target["error"].stringIfKnown() ?? "no answer came",
                        remedy: "perfdoctor probe \(url.printable)"))
                continue
            }
            imported.result.series.append(
                MetricSeries.figures(id, "latency", "ns", latency, kind: .histogram, clock: "monotonic"))
        }
        imported.result.series = imported.result.series.numberingDuplicates()
        imported.unmeasured += try source.unmeasured()
        try source.readEnvelope(into: &imported.result)
        return imported
    }

    /// Nil where nothing came back; percentiles without enough samples are null.
    private static func latency(_ target: JSONNode, _ received: Int) throws(ReadingProblem) -> MetricSeries.Summary? {
        let node = target["latency_ns"]
        guard node.isPresent, received > 0 else { return nil }
        var percentiles: [String: Double] = [:]
        for (key, name) in [("p50", "p50"), ("p90", "p90"), ("p95", "p95"), ("p99", "p99"), ("p999", "p99.9")] {
            percentiles[name] = try node[key].amountIfKnown()
        }
        return MetricSeries.Summary(
            count: received, mean: try node["mean"].amountIfKnown(), minimum: try node["min"].amountIfKnown(),
            median: percentiles["p50"], maximum: try node["max"].amountIfKnown(), percentiles: percentiles)
    }
}
