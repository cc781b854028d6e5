import PerfModel

/// Rows of comma-separated values (RFC 4180): cells in quotes may hold commas, quotes and line ends.
struct CSVRows {
    let rows: [[String]]

    init(_ text: String) throws(ReadingProblem) {
        var rows: [[String]] = []
        var row: [String] = []
        var cell = ""
        var isQuoted = false
        var index = text.unicodeScalars.startIndex
        let scalars = text.unicodeScalars
        func next(_ index: String.Index) -> Unicode.Scalar? {
            let after = scalars.index(after: index)
            return after < scalars.endIndex ? scalars[after] : nil
        }
        while index < scalars.endIndex {
            let scalar = scalars[index]
            switch scalar {
            case "\"" where isQuoted && next(index) == "\"":
                cell.unicodeScalars.append("\"")
                index = scalars.index(after: index)
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                row.append(cell)
                cell = ""
            case "\n" where !isQuoted:
                row.append(cell)
                if row != [""] { rows.append(row) }
                (row, cell) = ([], "")
            case "\r" where !isQuoted: break
            default: cell.unicodeScalars.append(scalar)
            }
            index = scalars.index(after: index)
        }
        guard !isQuoted else { throw ReadingProblem(place: "row \(rows.count + 1)", reason: "a quote without an end") }
        row.append(cell)
        if row != [""] { rows.append(row) }
        self.rows = rows
    }
}
