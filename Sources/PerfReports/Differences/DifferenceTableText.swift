import PerfModel
import PerfProfiles

/// Functions with both values, the change and its interval.
struct DifferenceTableText {
    let report: DifferenceReport
    private let quantity: DifferenceQuantity
    private let style: TextStyle

    init(_ report: DifferenceReport) {
        self.report = report
        quantity = DifferenceQuantity(report.comparison)
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    private struct Cells {
        var before: String
        var after: String
        var delta: String
        var margin: String
        var relative: String
        var isIncrease: Bool
        var name: String
        var place: String
    }

    /// Rows of self, or of self and all that is called.
    ///
    /// - Parameters:
    ///   - functions: what to show.
    ///   - path: which of both changes the columns are about.
    ///   - caption: above the column of names.
    /// - Returns: a heading and a line for each function; empty without functions.
    func lines(
        _ functions: some Sequence<ProfileComparison.Function>,
        of path: KeyPath<ProfileComparison.Function, ComparedChange>, caption: String
    ) -> [String] {
        let cells = functions.map { self.cells(of: $0, path) }
        guard !cells.isEmpty else { return [] }
        let hasMargins = cells.contains { !$0.margin.isEmpty }
        let columns: [(caption: String, value: KeyPath<Cells, String>)] =
            [("before", \.before), ("after", \.after), ("change", \.delta)]
            + (hasMargins ? [("±", \.margin)] : []) + [("relative", \.relative)]
        let widths = columns.map { column in
            max(column.caption.displayWidth, cells.map { $0[keyPath: column.value].displayWidth }.max() ?? 0)
        }
        let fixed = widths.reduce(0) { $0 + $1 + 2 }
        let width = report.layout.width
        let isShort = width != nil && !report.layout.isVerbose
        let placeWidth = isShort ? min(28, cells.map(\.place.displayWidth).max() ?? 0) : 0
        let room = (width ?? .max) - fixed
        // The name matters most: where it would get too little, the place goes.
        let hasPlace = !isShort || room - placeWidth - 2 >= 32
        let nameRoom = isShort ? max(12, room - (hasPlace && placeWidth > 0 ? placeWidth + 2 : 0)) : .max
        let names = cells.map { isShort ? ShortName.of($0.name, width: nameRoom) : $0.name }
        let nameWidth = min(isShort ? nameRoom : 64, names.map(\.displayWidth).max() ?? 0)
        let head = zip(columns, widths).map { $0.caption.leftPadded(to: $1) }.joined(separator: "  ")
        var lines = [style.heading("\(head)  \(caption)")]
        for (cell, name) in zip(cells, names) {
            let numbers = zip(columns, widths).map { column, width in
                let text = cell[keyPath: column.value].leftPadded(to: width)
                return column.value == \Cells.delta ? style.change(text, isIncrease: cell.isIncrease) : text
            }
            let place =
                hasPlace && !cell.place.isEmpty
                ? "  " + style.faint(isShort ? ShortName.ofPath(cell.place, width: placeWidth) : cell.place) : ""
            lines.append(
                numbers.joined(separator: "  ") + "  " + (place.isEmpty ? name : name.padded(to: nameWidth)) + place)
        }
        return lines
    }

    private func cells(
        of function: ProfileComparison.Function, _ path: KeyPath<ProfileComparison.Function, ComparedChange>
    ) -> Cells {
        let change = function[keyPath: path]
        let isShort = report.layout.width != nil && !report.layout.isVerbose
        let file = isShort ? function.frame.file.lastPathComponent : function.frame.file
        let isLine = report.comparison.options.dimension == .line
        let place = isLine || file.isEmpty ? "" : function.frame.line > 0 ? "\(file):\(function.frame.line)" : file
        return Cells(
            before: quantity.value(change.before), after: quantity.value(change.after),
            delta: quantity.delta(change.delta), margin: quantity.margin(change) ?? "",
            relative: DifferenceQuantity.relative(change), isIncrease: change.delta > 0,
            name: report.layout.shown(function.frame.name), place: place.printable
        )
    }
}
