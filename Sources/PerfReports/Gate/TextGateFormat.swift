import PerfBaselines
import PerfModel
import PerfProfiles

/// For people: the verdict, every comparison, why it regressed, and what could not be measured.
package struct TextGateFormat: GateFormat {
    package static let id = "text"
    package static let explanation = "for people: the verdict, every comparison, why it regressed"

    package static func bytes(of report: GateReport) -> [UInt8] {
        Array((GateText(report).lines.joined(separator: "\n") + "\n").utf8)
    }
}

/// A gate's result in lines of text.
private struct GateText {
    private let report: GateReport
    private let style: TextStyle
    private var result: GateResult { report.result }
    private var width: Int? { report.layout.width }

    init(_ report: GateReport) {
        self.report = report
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        let verdict = "\(result.verdict.rawValue.uppercased()): \(result.summary.printable)"
        var lines = TextWrap.lines(verdict, width: width).map { self.verdict($0) } + [""]
        for (caption, text) in header {
            lines += TextWrap.lines(text.printable, width: width, first: caption.padded(to: 10), next: 10)
        }
        return lines + table + reasons + cause + advice + unseen + doubts
    }

    private func verdict(_ line: String) -> String {
        result.verdict == .fail ? style.share(line, ratio: 1) : style.verdict(line)
    }

    private var header: [(String, String)] {
        var header: [(String, String)] = [("Base", report.base), ("Head", report.head)]
        if let machine = report.machine {
            header.append(("Machine", "\(machine.machineClass) (\(machine.cpuModel), \(machine.cpuCount) CPUs)"))
        }
        let pairs = report.pairs.map(\.ratios.count).max() ?? 0
        let time = report.duration.map { Quantity.text($0.wholeNanoseconds, unit: "ns") }
        if pairs > 0, let time {
            let layouts = report.layoutCount.map { " of \($0) layouts" } ?? ""
            header.append(("Measured", "\(Quantity.counted(Int64(pairs), "pair"))\(layouts) in \(time)"))
        }
        return header
    }

    private static let columns = ["", "benchmark", "metric", "base", "head", "change", "interval", "n", "would find"]

    private var table: [String] {
        let comparisons = GateWords.ordered(result.comparisons)
        guard !comparisons.isEmpty else { return [] }
        let rows = comparisons.map { one in
            [
                GateWords.verdict(one), ShortName.of(one.id.printable, width: width == nil ? .max : 40),
                one.metric.isEmpty ? "" : GateWords.name(ofMetric: one.metric),
                one.baseline == nil && one.head == nil ? "" : GateWords.value(one.baseline, unit: one.unit),
                one.baseline == nil && one.head == nil ? "" : GateWords.value(one.head, unit: one.unit),
                one.effectRatio == nil ? "" : GateWords.change(one.effectRatio),
                one.interval == nil ? "" : GateWords.interval(one.interval),
                one.count > 0 ? Quantity.grouped(Int64(one.count)) : "",
                one.detectableRatio == nil ? "" : GateWords.detectable(one.detectableRatio),
            ]
        }
        let widths = Self.columns.indices.map { column in
            rows.reduce(Self.columns[column].displayWidth) { max($0, $1[column].displayWidth) }
        }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { column, cell in
                column < 3 ? cell.padded(to: widths[column]) : cell.leftPadded(to: widths[column])
            }.joined(separator: "  ").trimmedRight
        }
        var lines = ["", style.faint("  " + line(Self.columns))]
        for (one, row) in zip(comparisons, rows) {
            let text = "  " + line(row)
            lines.append(
                one.verdict == .fail && one.isGated
                    ? style.share(text, ratio: 1) : one.verdict == .pass ? text : style.warning(text))
        }
        return lines
    }

    /// Why those that are not simply passed are what they are.
    private var reasons: [String] {
        let shown = GateWords.ordered(result.comparisons).filter(GateWords.isExplained)
        guard !shown.isEmpty else { return [] }
        return ["", style.heading("Why")]
            + shown.flatMap { one in
                let name =
                    one.metric.isEmpty
                    ? one.id.printable : "\(one.id.printable), \(GateWords.name(ofMetric: one.metric))"
                return TextWrap.lines("\(name): \(one.reason.printable)", width: width, first: "  ", next: 4)
            }
    }

    private var cause: [String] {
        GateCauseSection.all(of: result).flatMap { section in
            let rows =
                switch section.content {
                case .parts(let parts): parts.map { (GateWords.delta(of: $0), GateWords.place(of: $0)) }
                case .counters(let counters): counters.map { ("", GateWords.counter($0)) }
                }
            let size = rows.reduce(0) { max($0, $1.0.displayWidth) }
            let title = TextWrap.lines(section.text.printable, width: width).map(style.heading)
            return [""] + title
                + rows.flatMap { number, text in
                    TextWrap.lines(
                        text, width: width, first: "  " + number.leftPadded(to: size) + "  ", next: size + 4)
                }
        }
    }

    private var advice: [String] {
        let advice = GateAdvice(report: report).sentences
        guard !advice.isEmpty else { return [] }
        return [""] + advice.flatMap { TextWrap.lines($0, width: width, first: "Next: ", next: 6) }
    }

    private var unseen: [String] {
        guard !result.unmeasured.isEmpty else { return [] }
        return ["", style.heading("Not measured")]
            + result.unmeasured.flatMap { doubt("\($0.id): \($0.reason)", remedy: $0.remedy) }
    }

    private var doubts: [String] {
        guard !result.warnings.isEmpty else { return [] }
        return ["", style.heading("Doubts")] + result.warnings.flatMap { doubt($0.message, remedy: $0.remedy) }
    }

    private func doubt(_ text: String, remedy: String) -> [String] {
        let lines = TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
        guard !remedy.isEmpty else { return lines }
        return lines + TextWrap.lines(remedy.printable, width: width, first: "    next: ", next: 10).map(style.faint)
    }
}
