import PerfModel
import PerfProfiles

/// For people: the hottest functions' source, with what each line costs.
package struct SourceFormat: ReportFormat {
    package static let id = "source"
    package static let explanation = "for people: annotated source lines of the hottest functions"

    /// Functions unless `--top` says otherwise.
    static let defaultLimit = 5

    package static func bytes(of report: Report) throws -> [UInt8] {
        let functions = try ProfileView(report.profile, valueIndex: report.view.valueIndex, by: .function)
        let table = FrameTable(functions, order: report.order)
        let style = TextStyle(usesColor: report.layout.usesColor)
        var lines = TextWrap.lines(
            Verdict.sentence(of: report, table: FrameTable(report.view, order: report.order)),
            width: report.layout.width
        ).map(style.verdict)
        let annotated = AnnotatedSource(
            profile: report.profile,
            lineView: try ProfileView(
                report.profile, valueIndex: report.view.valueIndex, by: .line),
            sources: report.sources, layout: report.layout
        )
        let rows = table.rows.filter { report.order == .total ? $0.total != 0 : $0.selfValue != 0 }
        // Annotations are what was asked for: functions whose source is here come before hotter ones without.
        let readable = rows.filter { annotated.hasSource(functions.frames[$0.frame]) }
        let shown = (readable.isEmpty ? rows : readable).prefix(report.limit ?? defaultLimit)
        let passed = rows.prefix { row in row.frame != shown.last?.frame }
            .filter { row in !shown.contains { $0.frame == row.frame } }
        if !passed.isEmpty {
            let modules = Set(passed.map { functions.frames[$0.frame].module.lastPathComponent }).sorted()
            lines += TextWrap.lines(
                "\(Quantity.counted(Int64(passed.count), "hotter function")) without source here: "
                    + modules.map(\.printable).joined(separator: ", "),
                width: report.layout.width
            ).map(style.faint)
        }
        for row in shown {
            lines += annotated.lines(of: functions.frames[row.frame], row: row)
        }
        if let directory = annotated.missingDirectory(of: shown.map { functions.frames[$0.frame] }) {
            lines += ["", "next: --source-path \(directory.printable)=DIRECTORY says where the source is here"]
        }
        let rest = (readable.isEmpty ? rows : readable).count - shown.count
        if rest > 0 { lines += ["", "\(Quantity.counted(Int64(rest), "more function")) (--top N shows more)"] }
        lines += Doubts.lines(of: report, style: style)
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }
}
