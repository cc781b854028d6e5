import PerfModel

/// `sample.json` and `estimates.json` of criterion, in nanoseconds.
///
/// Neither names its benchmark; its folder does.
package enum CriterionAdapter: ResultAdapter {
    package static let id = "criterion"
    package static let explanation = "criterion.rs, BENCHMARK/new/sample.json or estimates.json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("iters", "times")
            || source.json.has("mean", "median") && source.json["mean"].has("point_estimate")
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let id = MetricSeries.ID(suite: "", benchmark: name(of: source))
        let json = source.json
        guard json.has("iters") else {
            // How many samples estimates rest on they do not say.
            let summary = MetricSeries.Summary(
                count: 1, mean: try json["mean"]["point_estimate"].amount(),
                standardDeviation: try json["std_dev"]["point_estimate"].amountIfKnown(),
                median: try json["median"]["point_estimate"].amount())
            let series = MetricSeries.figures(id, "wall_time", "ns", summary, clock: "monotonic")
            return ImportedResult(adapter: Self.id, result: BenchmarkResult(series: [series]))
        }
        let iterations = try json["iters"].amountsIfKnown() ?? []
        let times = try json["times"].amountsIfKnown() ?? []
        guard iterations.count == times.count, !times.isEmpty else {
            throw ReadingProblem(
                place: "times", reason: "\(times.count) times of \(iterations.count) samples")
        }
        guard iterations.allSatisfy({ $0 >= 1 }) else {
            throw ReadingProblem(place: "iters", reason: "a sample of less than one iteration")
        }
        var series = MetricSeries.observed(
            id, "wall_time", "ns", zip(times, iterations).map { $0 / $1 }, clock: "monotonic",
            innerIterations: Int(min(iterations.min() ?? 1, 1e15)))
        for index in series.samples.indices { series.samples[index].process = 0 }
        return ImportedResult(adapter: Self.id, result: BenchmarkResult(series: [series]))
    }

    /// `"group/parse"` of `target/criterion/group/parse/new/sample.json`.
    private static func name(of source: ResultSource) -> String {
        var folders = source.file.split(separator: "/").dropLast().map(String.init)
        if ["new", "base", "change"].contains(folders.last) { folders.removeLast() }
        if let start = folders.lastIndex(of: "criterion") { folders = Array(folders[(start + 1)...]) }
        folders = folders.filter { $0 != "." && $0 != ".." }
        return folders.isEmpty ? source.name : folders.suffix(3).joined(separator: "/")
    }
}
