import PerfProfiles

/// Numbers in columns, and a text beside them.
struct HeapTable {
    private let columns: [String]
    private let text: String
    private var rows: [(cells: [String], text: String)] = []

    init(columns: [String], text: String) {
        self.columns = columns
        self.text = text
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: [String], _ text: String) {
        rows.append((cells, text))
    }

    /// The heading and the rows; texts are cut off at the width of a terminal.
    func lines(width: Int?, style: TextStyle) -> [String] {
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].displayWidth) { max($0, $1.cells[index].displayWidth) }
        }
        func line(_ cells: [String], _ text: String) -> String {
            let numbers = zip(cells, widths).map { $0.leftPadded(to: $1) }.joined(separator: "  ")
            let room = width.map { max(16, $0 - numbers.displayWidth - 4) } ?? .max
            let shown = text.displayWidth > room ? String(text.prefix(room - 1)) + "…" : text
            return "  \(numbers)  \(shown)"
        }
        return [style.faint(line(columns, text))] + rows.map { line($0.cells, $0.text) }
    }
}
