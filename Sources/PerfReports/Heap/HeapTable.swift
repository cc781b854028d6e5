import PerfProfiles

/// Numbers in columns, and what they are of beside them.
struct HeapTable {
    struct Row {
        var cells: [String]
        var what: String
        /// The function that it comes from; empty for none.
        var origin = ""
        /// File and line of the function; empty when unknown.
        var place = ""
        var note = ""
    }

    private let columns: [String]
    private let caption: String
    private var rows: [Row] = []

    init(columns: [String], text: String) {
        self.columns = columns
        caption = text
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: [String], _ what: String, origin: String = "", place: String = "", note: String = "") {
        rows.append(Row(cells: cells, what: what, origin: origin, place: place, note: note))
    }

    /// The heading and the rows; what is too wide for a line goes to a second one, and is shortened there.
    func lines(width: Int?, style: TextStyle) -> [String] {
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].displayWidth) { max($0, $1.cells[index].displayWidth) }
        }
        func numbers(_ cells: [String]) -> String {
            "  " + zip(cells, widths).map { $0.leftPadded(to: $1) }.joined(separator: "  ") + "  "
        }
        let indent = widths.reduce(2) { $0 + $1 + 2 }
        let room = width.map { max(16, $0 - indent) } ?? .max
        var lines = [style.faint(numbers(columns) + Self.fitted(caption, room))]
        for row in rows {
            let tail = (row.place.isEmpty ? "" : " (\(row.place))") + (row.note.isEmpty ? "" : "  " + row.note)
            let whole = row.what + (row.origin.isEmpty ? "" : " from " + row.origin) + tail
            if whole.displayWidth <= room {
                lines.append(numbers(row.cells) + whole)
                continue
            }
            guard !row.origin.isEmpty else {
                lines.append(numbers(row.cells) + Self.fitted(row.what, room - tail.displayWidth) + tail)
                continue
            }
            lines.append(numbers(row.cells) + ShortName.of(row.what, width: room))
            // The second line may begin farther left where there is little room.
            let second = min(indent + 2, max(6, (width ?? 0) / 4))
            let left = max(12, (width ?? 0) - second - 5 - tail.displayWidth)
            lines.append(String(repeating: " ", count: second) + "from " + ShortName.of(row.origin, width: left) + tail)
        }
        return lines
    }

    private static func fitted(_ text: String, _ room: Int) -> String {
        text.displayWidth > room && room > 1 ? text.prefix(columns: room - 1) + "…" : text
    }
}
