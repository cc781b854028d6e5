import PerfModel

/// `--benchmark_format=json` of Google Benchmark for C++: repetitions in one process.
package enum GoogleBenchmarkAdapter: ResultAdapter {
    package static let id = "google-benchmark"
    package static let explanation = "Google Benchmark (C++), --benchmark_format=json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        source.json.has("context", "benchmarks")
            && (source.json["context"].has("num_cpus") || source.json["benchmarks"].first.has("real_time", "time_unit"))
    }

    /// What stands beside a benchmark's own counters.
    private static let ownFields: Set<String> = [
        "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions",
        "repetition_index", "threads", "iterations", "real_time", "cpu_time", "time_unit", "label",
        "error_occurred", "error_message", "skipped", "skip_message", "items_per_second", "aggregate_name",
        "aggregate_unit", "big_o", "complexity_n", "rms",
    ]

    private struct Benchmark {
        var iterations = 1
        /// By metric, with its unit, in the order of the repetitions.
        var values: [(metric: String, unit: String, values: [Double])] = []

        mutating func add(_ metric: String, _ unit: String, _ value: Double) {
            if let index = values.firstIndex(where: { $0.metric == metric }) {
                values[index].values.append(value)
            } else {
                values.append((metric, unit, [value]))
            }
        }
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        result.startedAt = try source.json["context"]["date"].stringIfKnown().flatMap(InternetTime.nanosecondsSince1970)
        result.environment = BenchmarkEnvironment(
            loadAverage: try source.json["context"]["load_avg"].amountsIfKnown()?.first)
        var order: [String] = []
        var benchmarks: [String: Benchmark] = [:]
        var aggregates = 0
        for node in try source.json["benchmarks"].elements() {
            guard try node["run_type"].stringIfKnown() != "aggregate" else {
                aggregates += 1
                continue
            }
            let name = try node["run_name"].isPresent ? node["run_name"].string() : node["name"].string()
            let hasFailed = try node["error_occurred"].booleanIfKnown() == true
            // Newer versions say which kind: "ERROR", "SKIPPED".
            if hasFailed || node["error_message"].isPresent || node["skip_message"].isPresent {
                result.warnings.append(try failure(node, name))
                continue
            }
            if benchmarks[name] == nil { order.append(name) }
            try add(node, to: &benchmarks[name, default: Benchmark()])
        }
        guard !order.isEmpty || aggregates == 0 else {
            throw ReadingProblem(
                place: "benchmarks", reason: "aggregates alone: run without --benchmark_report_aggregates_only")
        }
        for name in order {
            guard let benchmark = benchmarks[name] else { continue }
            let id = MetricSeries.ID(suite: "", benchmark: name)
            for (metric, unit, values) in benchmark.values {
                var series = MetricSeries.observed(
                    id, metric, unit, values, clock: clock(of: metric), innerIterations: benchmark.iterations,
                    polarity: unit == "1/s" ? .higherIsBetter : .lowerIsBetter)
                for index in series.samples.indices { series.samples[index].process = 0 }
                result.series.append(series)
            }
        }
        return ImportedResult(adapter: Self.id, result: result)
    }

    private static func add(_ node: JSONNode, to benchmark: inout Benchmark) throws(ReadingProblem) {
        let word = try node["time_unit"].stringIfKnown() ?? "ns"
        guard let unit = SLOUnit(word), unit.base == "ns" else {
            throw ReadingProblem(place: node["time_unit"].path, reason: "'\(word)' is no unit of time")
        }
        benchmark.iterations = max(1, try node["iterations"].countIfKnown() ?? 1)
        benchmark.add("wall_time", "ns", try node["real_time"].amount() * unit.scale)
        benchmark.add("cpu_time", "ns", try node["cpu_time"].amount() * unit.scale)
        if let rate = try node["items_per_second"].amountIfKnown() { benchmark.add("throughput", "1/s", rate) }
        for (name, value) in try node.members() where !ownFields.contains(name) && value.isNumber {
            let unit = name.hasSuffix("_per_second") ? "1/s" : "count"
            benchmark.add(MetricSeries.metricName(name), unit, try value.amount())
        }
    }

    private static func clock(of metric: String) -> String? {
        switch metric {
        case "wall_time": "monotonic"
        case "cpu_time": "process_cpu"
        default: nil
        }
    }

    private static func failure(_ node: JSONNode, _ name: String) throws(ReadingProblem) -> Warning {
        let error = try node["error_message"].stringIfKnown()
        let skip = try node["skip_message"].stringIfKnown()
        let message = error ?? skip ?? "no reason"
        return Warning(
            code: "failed_benchmark", message: "\(name.printable) was not measured: \(message.printable)",
            remedy: "mend the benchmark: it counts as missing")
    }
}
