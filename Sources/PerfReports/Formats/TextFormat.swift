import PerfModel
import PerfProfiles

/// For people: the verdict, the table, the threads, and what could not be seen.
package struct TextFormat: ReportFormat {
    package static let id = "text"
    package static let explanation = "for people: verdict, hottest functions with sampling error, threads, doubts"

    /// Rows of the table unless `--top` says otherwise.
    static let defaultLimit = 20

    package static func bytes(of report: Report) -> [UInt8] {
        if report.isOverview, let heap = report.profile.extras?.heap {
            return Array((HeapText(report, heap: heap).lines.joined(separator: "\n") + "\n").utf8)
        }
        let table = FrameTable(report.view, order: report.order)
        let style = TextStyle(usesColor: report.layout.usesColor)
        var lines = TextWrap.lines(Verdict.sentence(of: report, table: table), width: report.layout.width)
            .map(style.verdict)
        lines.append("")
        for (caption, text) in TextHeader.lines(of: report) {
            lines += TextWrap.lines(text, width: report.layout.width, first: caption.padded(to: 10), next: 10)
        }
        lines += tableLines(table, report: report)
        lines += WaitTableText.lines(of: report, style: style)
        if !report.view.dimension.isLabel { lines += threadLines(report, style: style) }
        lines += Doubts.lines(of: report, style: style)
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func tableLines(_ table: FrameTable, report: Report) -> [String] {
        let view = report.view
        let order = report.order
        // A caller that burns nothing itself is no answer to "what is hot"; `--sort total` shows it.
        let interesting = table.rows.filter { order == .total ? $0.total != 0 : $0.selfValue != 0 }
        guard !interesting.isEmpty else { return [] }
        let shown = interesting.prefix(report.limit ?? defaultLimit)
        var lines = [""] + FrameTableText(view, layout: report.layout).lines(shown, order: order)
        let hidden = interesting.dropFirst(shown.count)
        if !hidden.isEmpty {
            let rest = hidden.reduce(0) { saturatingSum($0, saturatingMagnitude($1.selfValue)) }
            lines.append(
                "\(Quantity.percent(rest, of: view.magnitude).leftPadded(to: 6))  in \(hidden.count) more"
                    + " (--top \(interesting.count) shows all)"
            )
        }
        return lines
    }

    private static func threadLines(_ report: Report, style: TextStyle) -> [String] {
        let threads = report.view.threads
        guard threads.count > 1 else { return [] }
        let limit = report.limit ?? 10
        let shown = threads.prefix(limit)
        let unit = report.sampleType.unit
        let values = shown.map { Quantity.text($0.total, unit: unit) }
        let width = values.map(\.displayWidth).max() ?? 0
        let processes = Set(threads.map(\.thread.processID))
        var lines = ["", style.heading("Threads")]
        for (thread, value) in zip(shown, values) {
            let share = Quantity.percent(thread.total, of: report.view.magnitude).leftPadded(to: 6)
            var name = thread.thread.label
            if processes.count > 1, let id = thread.thread.processID {
                name += " of \(thread.thread.process.isEmpty ? "pid" : thread.thread.process) \(id)"
            }
            lines.append("\(share)  \(value.leftPadded(to: width))  \(name.printable)")
        }
        let named = threads.reduce(0) { saturatingSum($0, $1.total) }
        if named != report.view.total {
            let rest = report.view.total &- named
            let share = Quantity.percent(rest, of: report.view.magnitude).leftPadded(to: 6)
            lines.append("\(share)  \(Quantity.text(rest, unit: unit).leftPadded(to: width))  no thread named")
        }
        if threads.count > limit {
            let rest = threads.dropFirst(limit).reduce(0) { saturatingSum($0, $1.total) }
            let share = Quantity.percent(rest, of: report.view.magnitude).leftPadded(to: 6)
            let value = Quantity.text(rest, unit: unit).leftPadded(to: width)
            lines.append("\(share)  \(value)  in \(threads.count - limit) more threads (--by thread shows all)")
        }
        return lines
    }
}
