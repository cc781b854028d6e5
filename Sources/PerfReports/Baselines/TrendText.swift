import PerfBaselines
import PerfModel
import PerfProfiles

/// A trend for terminals: a line of blocks for each series, its changes marked below it and said in words.
package struct TrendText {
    private let trend: BaselineTrend
    private let style: TextStyle
    private let columns: Int

    package init(_ trend: BaselineTrend, columns: Int, usesColor: Bool = false) {
        self.trend = trend
        self.columns = max(10, columns)
        style = TextStyle(usesColor: usesColor)
    }

    package var text: String {
        var lines = [TrendWords.headline(trend)]
        for series in trend.series { lines += [""] + self.lines(of: series) }
        for warning in trend.warnings {
            lines += ["", "warning: \(warning.message.printable)", "  next: \(warning.remedy.printable)"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(of series: BaselineTrend.Series) -> [String] {
        let cells = cells(of: series.points.map(\.value))
        var lines = [
            style.heading(TrendWords.title(series)),
            "  " + blocks(cells.map(\.value)) + "  " + TrendWords.range(series),
        ]
        guard !series.changes.isEmpty else { return lines + ["  " + TrendWords.calm(series)] }
        let marks = cells.map { cell in
            series.changes.contains { cell.indices.contains($0.index) } ? "^" : " "
        }
        lines.append("  " + marks.joined().trimmedRight)
        for change in series.changes {
            lines.append(
                "  " + style.change(TrendWords.change(change, in: series), isIncrease: change.isWorse))
        }
        return lines
    }

    private typealias Cell = (indices: Range<Int>, value: Double)

    /// Points as columns: several share one, with their mean, where there are more of them.
    private func cells(of values: [Double]) -> [Cell] {
        // Room for the words behind it.
        let width = max(8, min(values.count, columns - 50))
        guard values.count > width else { return values.enumerated().map { ($0..<$0 + 1, $1) } }
        return (0..<width).map { column in
            let indices = column * values.count / width..<(column + 1) * values.count / width
            return (indices, values[indices].reduce(0) { $0 + $1 / Double(indices.count) })
        }
    }

    /// From the lowest value to the highest, not from zero: a change of some percent shall be seen.
    private func blocks(_ values: [Double]) -> String {
        let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        guard let least = values.min(), let most = values.max(), most > least else {
            return String(repeating: "▁", count: values.count)
        }
        return String(
            values.map { value in
                let part = (value / 2 - least / 2) / (most / 2 - least / 2)
                return blocks[max(0, min(7, Int(part * 7.999)))]
            })
    }
}
