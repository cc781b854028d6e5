import PerfBaselines
import PerfModel
import PerfProfiles

/// Results of benchmarks for people: which is faster and how sure that is, then the numbers of each.
package struct BenchmarkText {
    private let result: BenchmarkResult
    private let style: TextStyle
    private let width: Int?

    private let comparesCommands: Bool

    /// - Parameters:
    ///   - result: what was measured.
    ///   - comparesCommands: whether all of it does the same, so that one can be faster than another.
    ///   - width: columns; nil for no limit.
    ///   - usesColor: for a terminal.
    package init(_ result: BenchmarkResult, comparesCommands: Bool, width: Int?, usesColor: Bool) {
        self.result = result
        self.comparesCommands = comparesCommands
        self.width = width
        style = TextStyle(usesColor: usesColor)
    }

    package var text: String {
        var lines: [String] = []
        let ids = result.series.map(\.id).reduce(into: [MetricSeries.ID]()) { if !$0.contains($1) { $0.append($1) } }
        if comparesCommands { lines += comparison(ids) }
        for id in ids {
            if !lines.isEmpty { lines.append("") }
            lines += block(id)
        }
        if !result.warnings.isEmpty { lines.append("") }
        for warning in result.warnings {
            lines += TextWrap.lines(warning.message.printable, width: width, first: "warning: ", next: 9).map(
                style.warning)
            lines += TextWrap.lines(warning.remedy.printable, width: width, first: "   next: ", next: 9)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Comparison

    private func series(_ metric: String, of id: MetricSeries.ID) -> MetricSeries? {
        result.series.first { $0.id == id && $0.metric == metric }
    }

    private func values(_ metric: String, of id: MetricSeries.ID) -> [Double] {
        series(metric, of: id)?.samples.map(\.value) ?? []
    }

    private func comparison(_ ids: [MetricSeries.ID]) -> [String] {
        let compared = ids.compactMap { id in
            SeriesStatistics(values("wall_time", of: id)).map { (id: id, median: $0.median) }
        }.sorted { $0.median < $1.median }
        guard compared.count > 1, let best = compared.first else { return [] }
        let name = best.id.text.printable
        var lines = [style.verdict(name) + " is the fastest"]
        let isOnly = compared.count == 2
        if isOnly { lines = [] }
        for other in compared.dropFirst() {
            let wall = SpeedRatio(of: values("wall_time", of: best.id), to: values("wall_time", of: other.id))
            let cpu = SpeedRatio(of: values("cpu_time", of: best.id), to: values("cpu_time", of: other.id))
            let otherName = other.id.text.printable
            guard let wall else {
                lines.append("\(otherName): too few runs to compare it")
                continue
            }
            let isSure = wall.interval.lowerBound > 1
            let start =
                isOnly
                ? isSure
                    ? style.verdict(name) + " is \(text(wall)) times faster than " + style.verdict(otherName)
                    : "no difference in wall time that is sure: \(otherName) takes \(text(wall)) times as long as \(name)"
                : isSure
                    ? "  \(text(wall)) times faster than \(otherName)"
                    : "  as fast as \(otherName), as far as these runs tell: \(text(wall))"
            lines.append(start + (cpu.map { "; CPU time \(text($0))" } ?? ""))
        }
        return lines
    }

    /// The ratio and its interval: `"1.34 (1.31…1.37)"`.
    private func text(_ ratio: SpeedRatio) -> String {
        let digits = ratio.ratio < 10 ? 2 : ratio.ratio < 100 ? 1 : 0
        func fixed(_ value: Double) -> String { Quantity.fixed(value, digits: digits) }
        return "\(fixed(ratio.ratio)) (\(fixed(ratio.interval.lowerBound))…\(fixed(ratio.interval.upperBound)))"
    }

    // MARK: One benchmark

    private func block(_ id: MetricSeries.ID) -> [String] {
        let series = result.series.filter { $0.id == id }
        let first = series.first { !$0.samples.isEmpty && $0.kind == .sampled }
        var heading = style.heading(id.text.printable)
        if let first {
            var facts = [Quantity.counted(Int64(first.samples.count), "run")]
            if first.innerIterations > 1 {
                facts.append("each the mean of \(Quantity.grouped(Int64(first.innerIterations)))")
            }
            if first.warmup > 0 { facts.append("\(first.warmup) to warm up") }
            heading += style.faint("  " + facts.joined(separator: ", "))
        }
        var rows: [[String]] = []
        for one in series where one.kind == .sampled {
            guard let statistics = SeriesStatistics(one.samples.map(\.value)) else { continue }
            rows.append([
                label(one.metric), text(statistics.median, one.unit), "±", text(statistics.spread, one.unit),
                text(statistics.minimum, one.unit), "…", text(statistics.maximum, one.unit),
                "\(statistics.count)",
            ])
        }
        var lines = [heading]
        if !rows.isEmpty { lines += table([["", "median", "", "spread", "min", "", "max", "n"]] + rows) }
        for one in series where one.kind == .deterministic {
            let distinct = Set(one.samples.map(\.value)).sorted()
            // Many are a range.
            let isRange = distinct.count > 3
            let shown = (isRange ? [distinct[0], distinct[distinct.count - 1]] : distinct)
                .map { text($0, one.unit) }.joined(separator: isRange ? " … " : ", ")
            lines.append("  \(label(one.metric).padded(to: Self.labelWidth)) \(shown)")
        }
        for one in series {
            guard let histogram = one.histogram else { continue }
            lines.append("  \(label(one.metric).padded(to: Self.labelWidth)) \(text(of: histogram, unit: one.unit))")
        }
        return lines
    }

    private static let labelWidth = 18

    private func table(_ rows: [[String]]) -> [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        return rows.enumerated().map { number, row in
            var line = "  " + row[0].padded(to: max(widths[0], Self.labelWidth))
            for column in 1..<columns { line += " " + row[column].leftPadded(to: widths[column]) }
            let trimmed = line.trimmedRight
            return number == 0 ? style.faint(trimmed) : trimmed
        }
    }

    private func label(_ metric: String) -> String {
        let names = ["cpu_time": "CPU time", "peak_rss": "peak RSS", "off_cpu_ratio": "off CPU"]
        return names[metric] ?? metric.replacing("_", with: " ").printable
    }

    private func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ratio": return Quantity.fixed(value * 100, digits: 1) + "%"
        case "ns" where abs(value) < 1000 && value != value.rounded(): return Quantity.fixed(value, digits: 1) + " ns"
        case "ns", "bytes": return Quantity.text(Int64(clamped: value), unit: unit)
        case "1/s": return rounded(value) + "/s"
        case "count", "": return rounded(value)
        default: return "\(rounded(value)) \(unit.printable)"
        }
    }

    private func rounded(_ value: Double) -> String {
        value == value.rounded() || abs(value) >= 100
            ? Quantity.grouped(Int64(clamped: value)) : Quantity.fixed(value, digits: abs(value) < 10 ? 2 : 1)
    }

    /// Percentiles that have at least ten values beyond them.
    private func text(of histogram: LatencyHistogram, unit: String) -> String {
        let total = histogram.counts.reduce(0.0) { $0 + Double($1.count) }
        guard total > 0 else { return "no values" }
        var parts: [String] = []
        for (name, ratio) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)]
        where total * (1 - ratio) >= 10 {
            var passed = 0.0
            for bucket in histogram.counts {
                passed += Double(bucket.count)
                if passed >= ratio * total {
                    parts.append("\(name) \(text(Double(bucket.value), unit))")
                    break
                }
            }
        }
        if let last = histogram.counts.last { parts.append("max \(text(Double(last.value), unit))") }
        return parts.joined(separator: "  ") + "  n \(Quantity.grouped(Int64(clamped: total)))"
    }
}

extension Int64 {
    /// A number, as near as 64 bits come.
    fileprivate init(clamped value: Double) {
        self = value.isNaN ? 0 : Int64(Swift.max(-9e18, Swift.min(9e18, value.rounded())))
    }
}
