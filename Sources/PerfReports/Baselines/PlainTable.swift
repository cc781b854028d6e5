import PerfProfiles

/// A table whose columns are as wide as their widest cell.
struct PlainTable {
    var captions: [String]
    var rows: [[String]]
    /// Columns with numbers.
    var rightAligned: Set<Int> = []

    /// - Parameter usesColor: whether the captions are bold.
    /// - Returns: the captions and one line for each row.
    func lines(usesColor: Bool) -> [String] {
        let widths = captions.indices.map { column in
            max(captions[column].displayWidth, rows.map { $0[column].displayWidth }.max() ?? 0)
        }
        let style = TextStyle(usesColor: usesColor)
        let head = line(captions, widths)
        return [style.heading(head)] + rows.map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).enumerated().map { column, pair in
            let blanks = String(repeating: " ", count: max(0, pair.1 - pair.0.displayWidth))
            return rightAligned.contains(column) ? blanks + pair.0 : pair.0 + blanks
        }.joined(separator: "  ").trimmedRight
    }
}
