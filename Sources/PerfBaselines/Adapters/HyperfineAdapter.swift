import PerfModel

/// `hyperfine --export-json`: seconds, one process for each run.
package enum HyperfineAdapter: ResultAdapter {
    package static let id = "hyperfine"
    package static let explanation = "hyperfine --export-json FILE"

    package static func recognizes(_ source: ResultSource) -> Bool {
        let first = source.json["results"].first
        return first.has("command", "median", "user", "system")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        for node in try source.json["results"].elements() {
            let command = try node["command"].string()
            var id = MetricSeries.ID(suite: "", benchmark: command)
            if node["parameters"].isPresent {
                for (name, value) in try node["parameters"].members() { id.parameters[name] = value.word ?? "" }
            }
            result.series += try series(node, id)
            try addFailures(of: node, command: command, to: &result)
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }

    private static func series(_ node: JSONNode, _ id: MetricSeries.ID) throws(ReadingProblem) -> [MetricSeries] {
        let times = try node["times"].amountsIfKnown() ?? []
        // Without times, the number of runs is that of the exit codes.
        let runs = node["exit_codes"].isArray ? try node["exit_codes"].elements().count : 0
        let count = times.isEmpty ? max(1, runs) : times.count
        var wall = MetricSeries.observed(id, "wall_time", "ns", times.map { $0 * 1e9 }, clock: "monotonic")
        if times.isEmpty {
            wall.summary = MetricSeries.Summary(
                count: count, mean: try node["mean"].amount() * 1e9,
                standardDeviation: try node["stddev"].amountIfKnown().map { $0 * 1e9 },
                minimum: try node["min"].amountIfKnown().map { $0 * 1e9 }, median: try node["median"].amount() * 1e9,
                maximum: try node["max"].amountIfKnown().map { $0 * 1e9 })
        }
        // Means alone: hyperfine keeps no CPU times of single runs.
        let cpu = (try node["user"].amount() + (try node["system"].amount())) * 1e9
        var all = [
            wall,
            MetricSeries.figures(
                id, "cpu_time", "ns", MetricSeries.Summary(count: count, mean: cpu), clock: "process_cpu"),
        ]
        if let memory = try node["memory_usage_byte"].amountsIfKnown(), !memory.isEmpty {
            all.append(MetricSeries.observed(id, "peak_rss", "bytes", memory))
        }
        return all
    }

    private static func addFailures(
        of node: JSONNode, command: String, to result: inout BenchmarkResult
    ) throws(ReadingProblem) {
        guard node["exit_codes"].isPresent else { return }
        // A run that a signal ended has null.
        let codes = try node["exit_codes"].elements()
        let failed = codes.count { $0.value != .number(0) }
        guard failed > 0 else { return }
        result.warnings.append(
            Warning(
                code: "failed_runs", message: "\(failed) of \(codes.count) runs of '\(command.printable)' failed",
                remedy: "measure a program that succeeds: the time of a failure says little"))
    }
}
