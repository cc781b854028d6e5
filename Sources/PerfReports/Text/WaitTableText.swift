import PerfModel
import PerfProfiles

/// What was waited for, as a table; nothing for profiles without waits.
enum WaitTableText {
    static func lines(of report: Report, style: TextStyle) -> [String] {
        let view = report.waits?.view ?? report.view
        let hiddenIdle = report.waits?.hiddenIdle ?? report.hiddenIdle
        let rows = WaitTable(view).rows.filter { $0.total != 0 }
        guard !rows.isEmpty || hiddenIdle != 0 else { return [] }
        let unit = view.sampleType.unit
        var lines = ["", style.heading("Waits")]
        if report.waits != nil, !rows.isEmpty {
            lines[1] += " (\(Quantity.text(view.total, unit: unit)) off the CPU; where: --sample-type off_cpu)"
        }
        let values = rows.map { Quantity.text($0.total, unit: unit) }
        let width = values.map(\.displayWidth).max() ?? 0
        for (row, value) in zip(rows, values) {
            var line = Quantity.percent(row.total, of: view.magnitude).leftPadded(to: 6)
            line += "  \(value.leftPadded(to: width))  \(row.reason.printable.padded(to: 8))"
            line += "  \(meaning(of: row.reason))"
            if !row.function.isEmpty { line += ", mostly in \(row.function.printable)" }
            if !row.waker.isEmpty, row.waker != "[interrupt]", row.reason != WaitReason.runnable.rawValue {
                let share = Quantity.percent(row.wakerTotal, of: row.total)
                line += "; \(share) ended by \(row.waker.printable)"
            }
            lines += TextWrap.lines(line, width: report.layout.width, first: "", next: 20)
        }
        if hiddenIdle != 0 {
            let hidden = Quantity.text(hiddenIdle, unit: unit)
            lines.append("        \(hidden) of waiting for work is hidden (--idle)")
        }
        return lines
    }

    /// What is waited for, in words.
    static func meaning(of reason: String) -> String {
        switch WaitReason(rawValue: reason) {
        case .disk: "files and disks"
        case .memory: "pages"
        case .lock: "other threads and processes"
        case .database: "database servers"
        case .cache: "cache servers"
        case .network: "peers (sockets and pipes)"
        case .sleep: "the clock"
        case .idle: "work"
        case .runnable: "a CPU"
        case .unknown, nil: "what is not known"
        }
    }
}
