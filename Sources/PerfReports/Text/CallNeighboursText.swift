import PerfModel
import PerfProfiles

/// A function between its callers and its callees.
struct CallNeighboursText {
    private let view: ProfileView
    private let layout: Report.Layout
    private let style: TextStyle
    /// Callers, and callees, of one function.
    private let limit = 6

    init(_ view: ProfileView, layout: Report.Layout) {
        self.view = view
        self.layout = layout
        self.style = TextStyle(usesColor: layout.usesColor)
    }

    func lines(of row: FrameTable.Row) -> [String] {
        let neighbours = CallNeighbours(of: row.frame, in: view)
        let own = Quantity.percent(row.selfValue, of: view.magnitude)
        var lines = ["", style.heading("Callers and callees of \(name(row.frame, indent: 25))")]
        lines += self.lines(neighbours.callers, itself: row.frame, marker: "  ← ")
        let total = Quantity.percent(row.total, of: view.magnitude).leftPadded(to: 6)
        lines.append(style.heading("\(total)  \(name(row.frame, indent: 30))") + "  (\(own) by itself)")
        lines += self.lines(neighbours.callees, itself: row.frame, marker: "    → ")
        return lines
    }

    private func lines(_ neighbours: [CallNeighbours.Neighbour], itself: Int, marker: String) -> [String] {
        var lines = neighbours.prefix(limit).map { neighbour in
            let share = Quantity.percent(neighbour.value, of: view.magnitude).leftPadded(to: 6)
            guard let frame = neighbour.frame else { return "\(share)\(marker)(nothing: it is the outermost)" }
            let note = frame == itself ? " (itself)" : ""
            return share + marker + name(frame, indent: 12 + note.count) + note
        }
        let rest = neighbours.dropFirst(limit)
        if !rest.isEmpty {
            let sum = rest.reduce(0) { saturatingSum($0, $1.value) }
            let share = Quantity.percent(sum, of: view.magnitude).leftPadded(to: 6)
            lines.append("\(share)\(marker)… \(rest.count) more")
        }
        return lines
    }

    private func name(_ frame: Int, indent: Int) -> String {
        let name = layout.shown(view.frames[frame].name)
        guard let width = layout.width, !layout.isVerbose else { return name }
        return ShortName.of(name, width: max(16, width - indent))
    }
}
