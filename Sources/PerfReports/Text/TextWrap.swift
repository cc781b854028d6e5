import PerfProfiles

/// Sentences broken at spaces.
enum TextWrap {
    /// Breaks a text into lines of at most `width` columns; one line when there is no width.
    ///
    /// - Parameters:
    ///   - text: words separated by spaces; a word that is too long stays whole.
    ///   - width: columns; nil for no limit.
    ///   - first: stands before the first line.
    ///   - next: how far the others are indented.
    /// - Returns: the lines, without line ends; at least one.
    static func lines(_ text: String, width: Int?, first: String = "", next: Int = 0) -> [String] {
        guard let width else { return [first + text] }
        var lines: [String] = []
        var line = first
        var used = first.displayWidth
        var isEmpty = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false).map(String.init) {
            let size = word.displayWidth
            if !isEmpty, used + 1 + size > width {
                lines.append(line)
                line = String(repeating: " ", count: next)
                used = next
                isEmpty = true
            }
            if !isEmpty {
                line += " "
                used += 1
            }
            line += word
            used += size
            isEmpty = false
        }
        lines.append(line)
        return lines
    }
}
