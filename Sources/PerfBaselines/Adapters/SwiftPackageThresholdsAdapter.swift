import PerfModel

/// Thresholds of ordo-one/benchmark, `TARGET.BENCHMARK.p90.json`: 90th percentiles as bare numbers.
///
/// They name neither benchmark nor unit, machine nor toolchain; only the file's name says whose they are.
package enum SwiftPackageThresholdsAdapter: ResultAdapter {
    package static let id = "ordo-one/benchmark-p90"
    package static let explanation = "ordo-one/benchmark, TARGET.BENCHMARK.p90.json"

    package static func recognizes(_ source: ResultSource) -> Bool {
        guard case .object(let members) = source.json.value, !members.isEmpty else { return false }
        return members.allSatisfy { key, value in
            if case .number = value { return SwiftPackageMetric.isKnown(key) }
            return false
        }
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        let parts = (source.file.split(separator: "/").last ?? "").split(separator: ".").map(String.init)
        let isNamed = parts.count >= 4 && parts.suffix(2) == ["p90", "json"]
        let id = MetricSeries.ID(
            suite: isNamed ? parts[0] : "",
            benchmark: isNamed ? parts[1..<(parts.count - 2)].joined(separator: ".") : source.name)
        var result = BenchmarkResult(series: [])
        for (key, value) in try source.json.members() {
            let (metric, unit, _) = SwiftPackageMetric.named(key)
            let summary = MetricSeries.Summary(count: 1, percentiles: ["p90": try value.amount()])
            result.series.append(MetricSeries.figures(id, metric, unit, summary))
        }
        return ImportedResult(adapter: Self.id, result: result)
    }
}
