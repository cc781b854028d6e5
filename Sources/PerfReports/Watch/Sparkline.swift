/// Values over time in one line of blocks, the newest at the right.
enum Sparkline {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// - Parameters:
    ///   - values: oldest first; nil where nothing was seen.
    ///   - width: columns; several values share one where there are more of them, which shows the largest.
    ///   - top: the value of the highest block; 0 takes the largest value.
    /// - Returns: as many columns as asked for; blanks where there is no value yet.
    static func text(_ values: [Double?], width: Int, top: Double) -> String {
        guard width > 0 else { return "" }
        let share = max(1, (values.count + width - 1) / width)
        var cells: [Double?] = []
        var index = values.count
        while index > 0 {
            let start = max(0, index - share)
            cells.append(values[start..<index].compactMap { $0 }.max())
            index = start
        }
        cells.reverse()
        let largest = top > 0 ? top : max(cells.compactMap { $0 }.max() ?? 0, 1e-9)
        let text = cells.suffix(width).map { value -> Character in
            guard let value else { return " " }
            let part = max(0, min(1, value / largest))
            // Nothing at all is lower than a little.
            return part == 0 ? "▁" : blocks[min(blocks.count - 1, max(0, Int((part * 8).rounded(.up)) - 1))]
        }
        return String(repeating: " ", count: width - text.count) + String(text)
    }
}
