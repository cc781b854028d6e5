import PerfProfiles

/// A table whose cells wrap, so that it fits a width.
struct WrappedTable {
    var captions: [String]
    var rows: [[String]]
    /// Columns that keep their width.
    var fixed: Set<Int>

    private static let gap = 2
    /// Narrower than this a column is no use.
    private static let least = 12

    /// - Parameters:
    ///   - width: columns.
    ///   - style: for the captions.
    /// - Returns: the captions and a line or more for each row; nil where words are too long for the width.
    func lines(width: Int, style: TextStyle) -> [String]? {
        guard let widths = widths(width) else { return nil }
        return cells(captions, widths).map(style.heading) + rows.flatMap { cells($0, widths) }
    }

    /// The natural widths, the widest columns that may shrink made narrower until all fit; nil when they cannot.
    private func widths(_ width: Int) -> [Int]? {
        var widths = captions.indices.map { column in
            max(captions[column].displayWidth, rows.map { $0[column].displayWidth }.max() ?? 0)
        }
        // Words stay whole.
        let least = captions.indices.map { column in
            rows.reduce(Self.least) { longest, row in
                row[column].split(separator: " ").reduce(longest) { max($0, String($1).displayWidth) }
            }
        }
        let gaps = Self.gap * (widths.count - 1)
        while widths.reduce(gaps, +) > width {
            let shrinkable = widths.indices.filter { !fixed.contains($0) && widths[$0] > least[$0] }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { return nil }
            widths[widest] -= 1
        }
        return widths
    }

    private func cells(_ row: [String], _ widths: [Int]) -> [String] {
        let wrapped = zip(row, widths).map { TextWrap.lines($0, width: $1) }
        let height = wrapped.map(\.count).max() ?? 0
        return (0..<height).map { line in
            zip(wrapped, widths).map { lines, width in
                (line < lines.count ? lines[line] : "").padded(to: width)
            }.joined(separator: String(repeating: " ", count: Self.gap)).trimmedRight
        }
    }
}
