import PerfModel
import PerfProbes
import PerfProfiles

/// The guides' key metrics as lines of a screen or a text: value, a line over time, limits, and what else is known.
struct KeyMetricPart {
    let states: [KeyMetricState]
    let columns: Int

    private static let nameWidth = 11
    private static let valueWidth = 9
    private var sparkWidth: Int { columns >= 140 ? 60 : columns >= 110 ? 40 : 20 }

    var lines: [ScreenLine] { states.map(line) }

    private func line(of state: KeyMetricState) -> ScreenLine {
        let metric = state.metric
        guard case .available(let reading) = state.reading else {
            var line = ScreenLine(metric.title.padded(to: Self.nameWidth), .strong)
            line.add("-".leftPadded(to: Self.valueWidth))
            guard case .unavailable(let reason, let remedy) = state.reading else { return line }
            let next = remedy.map { $0.isEmpty ? "" : "; next: \($0)" } ?? ""
            line.add(" unmeasured: \(reason)\(next)", .faint)
            return line
        }
        let isShort = reading.main.name.utf8.count <= 3
        let name = isShort ? "\(metric.title) \(reading.main.name)" : metric.title
        var line = ScreenLine(name.padded(to: Self.nameWidth), .strong)
        let look: ScreenLine.Look =
            switch state.severity {
            case .critical: .critical
            case .warning: .warning
            case .info, nil: .plain
            }
        let sign = reading.main.bound == .exact ? "" : reading.main.bound == .above ? "> " : "≤ "
        line.add((sign + metric.text(reading.main.value)).leftPadded(to: Self.valueWidth), look)
        let top = metric.limits.unit == "ratio" && metric != .errorRate ? 1.0 : 0
        line.add(" \(Sparkline.text(state.history, width: sparkWidth, top: top)) ", look)
        let limits =
            state.severity == nil && state.word == "fine" ? metric.limitsText.dropFirst(5)[...] : metric.limitsText[...]
        line.add("\(state.word) (\(limits))", state.severity == nil ? .faint : look)
        var details = (isShort ? [] : [reading.main.name]) + reading.others.map { $0.text(of: metric) }
        details += [reading.note, state.source ?? ""].filter { !$0.isEmpty }
        for detail in details {
            guard line.width + 2 + detail.displayWidth <= columns else { break }
            line.add("  \(detail)", .faint)
        }
        return line
    }
}
