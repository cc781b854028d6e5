import PerfModel

/// What `go test -bench` prints: a line for each run of a benchmark.
package enum GoBenchAdapter: ResultAdapter {
    package static let id = "go"
    package static let explanation = "go test -bench, its text (with -count: every run)"

    package static func recognizes(_ source: ResultSource) -> Bool {
        guard !source.json.isObject, !source.json.isArray else { return false }
        return source.lines.contains { $0.hasPrefix("Benchmark") && $0.contains("/op") }
    }

    package static func read(_ source: ResultSource) throws(ReadingProblem) -> ImportedResult {
        var result = BenchmarkResult(series: [])
        var package = ""
        var places: [String: Int] = [:]
        for (index, line) in source.lines.enumerated() {
            if line.hasPrefix("pkg:") { package = String(line.dropFirst(4).drop { $0 == " " }) }
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let name = words.first, name.hasPrefix("Benchmark"), words.count >= 4,
                words[3...].contains(where: { $0.contains("/") })
            else { continue }
            let place = "line \(index + 1)"
            guard let iterations = Int(words[1]), iterations > 0 else {
                throw ReadingProblem(place: place, reason: "'\(words[1])' is no number of iterations")
            }
            let id = id(of: name, in: package)
            for start in stride(from: 2, to: words.count - 1, by: 2) {
                guard let value = Double(words[start]), value.isFinite, value >= 0 else {
                    throw ReadingProblem(place: place, reason: "'\(words[start])' is no amount")
                }
                let (metric, unit, scale) = metric(words[start + 1])
                let key = "\(id.text)\u{0}\(metric)"
                guard let place = places[key] else {
                    places[key] = result.series.count
                    var series = MetricSeries.observed(
                        id, metric, unit, [value * scale], clock: metric == "wall_time" ? "monotonic" : nil,
                        innerIterations: iterations, polarity: unit == "1/s" ? .higherIsBetter : .lowerIsBetter)
                    series.kind = .sampled
                    result.series.append(series)
                    continue
                }
                let order = result.series[place].samples.count
                result.series[place].samples.append(
                    MetricSeries.Sample(process: 0, order: order, value: value * scale))
            }
        }
        return ImportedResult(adapter: Self.id, result: result)
    }

    /// `BenchmarkSort/size=10-8` ran on 8 processors.
    private static func id(of name: String, in package: String) -> MetricSeries.ID {
        var name = name.dropFirst("Benchmark".count)
        var parameters: [String: String] = [:]
        if let dash = name.lastIndex(of: "-"), let count = Int(name[name.index(after: dash)...]), count > 0 {
            parameters["procs"] = "\(count)"
            name = name[..<dash]
        }
        return MetricSeries.ID(
            suite: package, benchmark: name.isEmpty ? "Benchmark" : String(name), parameters: parameters)
    }

    private static func metric(_ unit: String) -> (metric: String, unit: String, scale: Double) {
        switch unit {
        case "ns/op": return ("wall_time", "ns", 1)
        case "B/op": return ("allocated_bytes", "bytes", 1)
        case "allocs/op": return ("allocations", "count", 1)
        case "MB/s": return ("bytes_per_second", "1/s", 1e6)
        default: break
        }
        if unit.hasSuffix("/op"), let known = SLOUnit(String(unit.dropLast(3))) {
            return (MetricSeries.metricName(unit), known.base, known.scale)
        }
        if let rate = SLOUnit(unit), rate.base == "1/s" { return (MetricSeries.metricName(unit), "1/s", rate.scale) }
        return (MetricSeries.metricName(unit), "count", 1)
    }
}
