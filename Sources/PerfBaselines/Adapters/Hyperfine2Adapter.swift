import PerfModel

/// `hyperfine --export-json` since version 2: each run with its CPU time and peak memory.
package enum Hyperfine2Adapter: ResultAdapter {
    package static let id = "hyperfine-2"
    package static let explanation = "hyperfine --export-json FILE, of version 2"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json["results"].first.has("command", "measurements")
    }

    /// Their name of a metric, ours, and how much of ours one of theirs is.
    private static let metrics: [(foreign: String, metric: String, unit: String, theirs: String, factor: Double)] = [
        ("time_wall_clock", "wall_time", "ns", "second", 1e9), ("time_cpu", "cpu_time", "ns", "second", 1e9),
        ("memory_peak_resident", "peak_rss", "bytes", "byte", 1),
    ]

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        for node in try source.json["results"].elements() {
            let command = try node["command"].string()
            var id = MetricSeries.ID(suite: "", benchmark: command)
            if node["parameters"].isPresent {
                for (name, value) in try node["parameters"].members() {
                    id.parameters[name] = try value["value"].string()
                }
            }
            let runs = try node["measurements"].elements()
            for known in metrics {
                var values: [Double] = []
                for run in runs where run[known.foreign].isPresent {
                    let amount = run[known.foreign]
                    guard try amount["unit"].string() == known.theirs else {
                        throw ReadingProblem(
                            place: "results: \(known.foreign).unit", reason: "only '\(known.theirs)' is known")
                    }
                    values.append(try amount["value"].amount() * known.factor)
                }
                guard !values.isEmpty else { continue }
                let clock = ["wall_time": "monotonic", "cpu_time": "process_cpu"][known.metric]
                result.series.append(
                    MetricSeries.observed(id, known.metric, known.unit, values, clock: clock))
            }
            let failed = runs.count { $0["exit_code"].value != .number(0) }
            guard failed > 0 else { continue }
            result.warnings.append(
                Warning(
                    code: "failed_runs", message: "\(failed) of \(runs.count) runs of '\(command.printable)' failed",
                    remedy: "measure a program that succeeds: the time of a failure says little"))
        }
        result.series = result.series.numberingDuplicates()
        return ImportedResult(adapter: Self.id, result: result)
    }
}
