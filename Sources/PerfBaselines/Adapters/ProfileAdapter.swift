import PerfModel

/// A document of kind `profile`: the total, and the shares of functions, which are reported and decide nothing.
package enum ProfileAdapter: ResultAdapter {
    package static let id = "perfdoctor-profile"
    package static let explanation = "perfdoctor report --format json: shares of functions, reported only"

    package static func recognizes(_ source: ResultSource) -> Bool { source.documentKind == "profile" }

    /// Functions that are kept: the rest is too small to explain anything.
    private static let mostFunctions = 100

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let json = source.json
        let name = try json.targetName(orElse: source.name)
        let total = try json["total"].amount()
        let word = try json["unit"].string()
        let unit = word == "nanoseconds" ? "ns" : word == "bytes" ? "bytes" : "count"
        var result = BenchmarkResult(series: [
            .figure(MetricSeries.ID(suite: "", benchmark: name), "profile_total", unit, total)
        ])
        let samples = max(1, try json["samples"].countIfKnown() ?? 1)
        var shares: [String: Double] = [:]
        var order: [String] = []
        for function in try json["functions"].elements().prefix(mostFunctions) {
            let function = (name: try function["name"].string(), own: try function["self"].amount())
            // Functions of one name in several files are one for people.
            if shares[function.name] == nil { order.append(function.name) }
            shares[function.name, default: 0] += function.own
        }
        for function in order where total > 0 && !function.isEmpty {
            let ratio = (shares[function] ?? 0) / total
            result.series.append(
                MetricSeries.figures(
                    MetricSeries.ID(suite: "", benchmark: name, parameters: ["function": function]),
                    "profile_self_ratio", "ratio",
                    MetricSeries.Summary(count: samples, mean: ratio, median: ratio)))
        }
        var imported = ImportedResult(adapter: Self.id, result: result)
        imported.unmeasured = try source.unmeasured()
        try source.readEnvelope(into: &imported.result)
        return imported
    }
}
