import PerfModel
import PerfProfiles

/// The table of functions, lines, modules or label values.
struct FrameTableText {
    let view: ProfileView
    let layout: Report.Layout
    private let style: TextStyle
    private let samplingError: SamplingError

    init(_ view: ProfileView, layout: Report.Layout) {
        self.view = view
        self.layout = layout
        self.style = TextStyle(usesColor: layout.usesColor)
        self.samplingError = SamplingError(of: view)
    }

    private struct Cells {
        var ratio: Double
        var own: String
        var error: String
        var value: String
        var total: String
        var name: String
        var module: String
        var place: String
    }

    func lines(_ rows: some Sequence<FrameTable.Row>, order: FrameTable.Order) -> [String] {
        let cells = rows.map { self.cells(of: $0, order: order) }
        let hasErrors = cells.contains { !$0.error.isEmpty }
        let hasTotals = !view.dimension.isLabel
        let valueWidth = max(5, cells.map(\.value.displayWidth).max() ?? 0)
        let errorCaptions = hasErrors ? ["±".leftPadded(to: 4)] : []
        // Where there is hardly room for names, shares must do.
        let hasValues = !isShortened || (layout.width ?? 0) >= 48
        let value = hasValues ? ["value".leftPadded(to: valueWidth)] : []
        // The value stands beside the share that it belongs to.
        let captions: [String] =
            if !hasTotals {
                ["share".leftPadded(to: 6)] + errorCaptions + value
            } else if order == .total {
                [" total"] + value + ["  self"] + errorCaptions
            } else {
                ["  self"] + errorCaptions + value + [" total"]
            }
        let fixedWidth = captions.reduce(0) { $0 + $1.displayWidth + 2 }
        let columns = columnWidths(of: cells, fixedWidth: fixedWidth)
        var heading = captions.joined(separator: "  ") + "  " + view.dimension.name.printable.padded(to: columns.name)
        if columns.module > 0 { heading += "  " + "module".padded(to: columns.module) }
        if columns.place > 0 { heading += "  file:line" }
        var lines = [style.heading(heading.trimmedRight)]
        for cell in cells {
            let own = style.share(cell.own.leftPadded(to: 6), ratio: cell.ratio)
            let error = hasErrors ? [cell.error.leftPadded(to: 4)] : []
            let value = hasValues ? [cell.value.leftPadded(to: valueWidth)] : []
            let total = cell.total.leftPadded(to: 6)
            let numbers =
                hasTotals && order == .total
                ? [total] + value + [own] + error : [own] + error + value + (hasTotals ? [total] : [])
            let name = isShortened ? ShortName.of(cell.name, width: columns.name) : cell.name
            var tail = ""
            if columns.module > 0 {
                tail += "  " + fitted(cell.module, columns.module).padded(to: columns.module)
            }
            if columns.place > 0, !cell.place.isEmpty { tail += "  " + fitted(cell.place, columns.place) }
            let padded = tail.trimmedRight.isEmpty ? name : name.padded(to: columns.name)
            lines.append(numbers.joined(separator: "  ") + "  " + padded + style.faint(tail.trimmedRight))
        }
        return lines
    }

    private func cells(of row: FrameTable.Row, order: FrameTable.Order) -> Cells {
        let frame = view.frames[row.frame]
        let points = samplingError.points(of: row.selfValue)
        let value = order == .total && !view.dimension.isLabel ? row.total : row.selfValue
        return Cells(
            ratio: view.magnitude == 0 ? 0 : Double(row.selfValue) / Double(view.magnitude),
            own: Quantity.percent(row.selfValue, of: view.magnitude),
            error: points.map { Quantity.points($0) } ?? "",
            value: Quantity.text(value, unit: view.sampleType.unit),
            total: Quantity.percent(row.total, of: view.magnitude),
            name: layout.shown(frame.name),
            module: frame.kind == .module ? "" : frame.module.lastPathComponent.printable,
            place: Self.place(of: frame, isShort: isShortened)
        )
    }

    /// `"main.swift:12"`; the whole path where nothing is shortened.
    static func place(of frame: ProfileView.Frame, isShort: Bool) -> String {
        guard !frame.file.isEmpty else { return "" }
        let file = (isShort ? frame.file.lastPathComponent : frame.file).printable
        return frame.line > 0 ? "\(file):\(frame.line)" : file
    }

    private var isShortened: Bool { layout.width != nil && !layout.isVerbose }

    private func fitted(_ text: String, _ width: Int) -> String {
        isShortened ? ShortName.ofPath(text, width: width) : text
    }

    /// Widths of the last three columns; 0 leaves one out.
    private func columnWidths(of cells: [Cells], fixedWidth: Int) -> (name: Int, module: Int, place: Int) {
        func widest(_ path: KeyPath<Cells, String>, atMost limit: Int) -> Int {
            min(limit, cells.map { $0[keyPath: path].displayWidth }.max() ?? 0)
        }
        let name = max(view.dimension.name.displayWidth, widest(\.name, atMost: isShortened ? .max : 64))
        var module = widest(\.module, atMost: isShortened ? 24 : 40)
        var place = widest(\.place, atMost: isShortened ? 32 : .max)
        if module > 0 { module = max(module, 6) }
        if place > 0 { place = max(place, 9) }
        guard isShortened, let width = layout.width else { return (name, module, place) }
        // The name matters most: where it would get less than 32 columns, the others go, first the module.
        func room() -> Int { width - fixedWidth - (module > 0 ? module + 2 : 0) - (place > 0 ? place + 2 : 0) }
        if room() < min(name, 32) { module = 0 }
        if room() < min(name, 32) { place = 0 }
        return (min(name, max(12, room())), module, place)
    }
}

extension String {
    /// Without spaces at the end.
    var trimmedRight: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
