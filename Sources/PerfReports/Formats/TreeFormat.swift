import PerfModel
import PerfProfiles

/// For people: who calls what.
package struct TreeFormat: ReportFormat {
    package static let id = "tree"
    package static let explanation = "for people: the call tree, and callers and callees of the hottest functions"

    package static func bytes(of report: Report) throws -> [UInt8] {
        let view = try report.stackView()
        let table = FrameTable(view, order: report.order)
        let style = TextStyle(usesColor: report.layout.usesColor)
        var lines = TextWrap.lines(
            Verdict.sentence(of: report, table: FrameTable(report.view, order: report.order)),
            width: report.layout.width
        ).map(style.verdict)
        lines.append("")
        for (caption, text) in TextHeader.lines(of: report) {
            lines += TextWrap.lines(text, width: report.layout.width, first: caption.padded(to: 10), next: 10)
        }
        let neighbours = CallNeighboursText(view, layout: report.layout)
        let blocks = focused(table, in: view, report: report).flatMap { neighbours.lines(of: $0) }
        let tree = CallTreeText(view, layout: report.layout, limit: report.limit).lines
        // Who asks for a function wants its callers first; who asks for nothing, the whole.
        lines += report.filter.focus == nil ? tree + blocks : blocks + tree
        lines += Doubts.lines(of: report, style: style)
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// The functions whose callers and callees are shown: what `--focus` matches by name, else the hottest.
    private static func focused(_ table: FrameTable, in view: ProfileView, report: Report) -> [FrameTable.Row] {
        guard let focus = report.filter.focus else { return Array(table.rows.filter { $0.selfValue != 0 }.prefix(3)) }
        let matches = focus.matches(view.frames.map(\.name))
        return Array(table.rows.filter { matches[$0.frame] }.prefix(5))
    }
}
