import PerfBaselines
import PerfModel
import PerfProfiles
import PerfStatistics

/// One baseline for people: where it comes from, and a line for each series.
package struct BaselineReportText {
    private let baseline: StoredBaseline
    private let now: Int64
    private let usesColor: Bool

    package init(_ baseline: StoredBaseline, now: Int64, usesColor: Bool = false) {
        self.baseline = baseline
        self.now = now
        self.usesColor = usesColor
    }

    package var text: String {
        let result = baseline.result
        var lines = [headline]
        if let machine = result.machine { lines.append("measured on \(Self.words(machine))") }
        if let commit = result.subject.commit {
            let branch = result.subject.branch.map { " (\($0))" } ?? ""
            lines.append("commit \(commit)\(branch)\(result.subject.isDirty == true ? ", with changes" : "")".printable)
        }
        if !result.series.isEmpty {
            lines.append("")
            lines += PlainTable(
                captions: ["benchmark", "metric", "n", "median", "spread"], rows: result.series.map(Self.row),
                rightAligned: [2, 3, 4]
            ).lines(usesColor: usesColor)
        }
        if !result.objectives.isEmpty {
            lines.append("")
            lines.append(TextStyle(usesColor: usesColor).heading("objectives"))
            lines += result.objectives.map { objective in
                let state = objective.isMet.map { $0 ? "met" : "violated" }
                return "  \(objective.expression.printable)" + (state.map { "  (\($0))" } ?? "")
            }
        }
        if let diagnosis = result.diagnosis {
            lines += [
                "", "diagnosis: \(diagnosis.bottleneck), \(diagnosis.summary) (\(diagnosis.confidence))".printable,
            ]
        }
        for warning in result.warnings {
            lines += ["", "warning: \(warning.message.printable)", "  next: \(warning.remedy.printable)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let tool = baseline.result.provenance?.importedFrom ?? "perfdoctor"
        let age = BaselineListText.age(of: baseline.result.startedAt, now: now)
        return "\(baseline.name.printable) of machine class \(baseline.machineClass.printable), by \(tool.printable)"
            + (age == "-" ? "" : ", \(age) old")
    }

    private static func words(_ machine: BenchmarkMachine) -> String {
        let parts = [
            machine.name, machine.cpuModel, machine.cpuCount > 0 ? "\(machine.cpuCount) CPUs" : "",
            machine.memoryBytes > 0
                ? Quantity.text(Int64(clamping: machine.memoryBytes), unit: "bytes") : "", machine.os,
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ").printable
    }

    private static func row(_ series: MetricSeries) -> [String] {
        let (count, median, spread) = figures(series)
        return [
            series.id.text.printable, series.metric.printable, Quantity.grouped(Int64(count)),
            median.map { MetricValue.text($0, unit: series.unit) } ?? "-", spread,
        ]
    }

    /// How many, the typical one, and how far they differ: half of the range of the middle half, by the median.
    private static func figures(_ series: MetricSeries) -> (count: Int, median: Double?, spread: String) {
        if let histogram = series.histogram {
            let (low, middle, high) = (histogram.value(at: 0.25), histogram.value(at: 0.5), histogram.value(at: 0.75))
            return (
                histogram.total, middle.map { Double($0) },
                spread(low.map { Double($0) }, middle.map { Double($0) }, high.map { Double($0) })
            )
        }
        if !series.samples.isEmpty {
            let sorted = series.samples.map(\.value).sorted()
            func value(_ ratio: Double) -> Double? { Percentile.value(at: ratio, ofSorted: sorted) }
            let isOne = sorted.count == 1
            return (sorted.count, value(0.5), isOne ? "-" : spread(value(0.25), value(0.5), value(0.75)))
        }
        guard let summary = series.summary else { return (0, nil, "-") }
        let middle = summary.median ?? summary.mean ?? summary.percentiles["p90"]
        guard let deviation = summary.standardDeviation, let middle, middle > 0 else {
            return (summary.count, middle, "-")
        }
        return (summary.count, middle, "sd " + percent(deviation / middle))
    }

    private static func spread(_ low: Double?, _ middle: Double?, _ high: Double?) -> String {
        guard let low, let middle, let high, middle > 0 else { return "-" }
        return "± " + percent((high - low) / 2 / middle)
    }

    private static func percent(_ ratio: Double) -> String {
        guard ratio.isFinite, ratio < 1e6 else { return "-" }
        return Quantity.fixed(ratio * 100, digits: ratio < 0.1 ? 1 : 0) + "%"
    }
}
