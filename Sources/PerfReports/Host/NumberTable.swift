import PerfModel
import PerfProfiles

/// Columns of numbers under headings, as the tools of sysstat and procps print them.
///
/// What is not known is `-`, never 0.
struct NumberTable: Sendable {
    struct Column: Sendable {
        let heading: String
        /// Columns of the terminal, without the space before it; more where a number needs more.
        let width: Int

        init(_ heading: String, _ width: Int) {
            self.heading = heading
            self.width = max(width, heading.displayWidth)
        }
    }

    /// Left-aligned, before the numbers; nil without one.
    let first: Column?
    let columns: [Column]
    /// Left-aligned, after the numbers.
    var lastHeading: String?

    var header: String {
        line(first: first?.heading ?? "", columns.map(\.heading), last: lastHeading ?? "")
    }

    /// One row.
    ///
    /// - Parameters:
    ///   - text: for the first column, printable.
    ///   - cells: for the numbers; nil is not known.
    ///   - last: behind them, printable.
    /// - Returns: the line, without blanks at its end.
    func line(first text: String = "", _ cells: [String?], last: String = "") -> String {
        var parts = first.map { [text.padded(to: $0.width)] } ?? []
        parts += zip(columns, cells).map { column, cell in (cell ?? "-").leftPadded(to: column.width) }
        if lastHeading != nil { parts.append(" \(last)") }
        return parts.joined(separator: " ").trimmedRight
    }

    /// A number with two decimals, as sysstat prints them.
    static func fixed(_ value: Double?, digits: Int = 2) -> String? {
        value.map { Quantity.fixed($0, digits: digits) }
    }

    /// A whole number.
    static func whole(_ value: Double?) -> String? {
        value.map { String(Int64(max(-1e18, min($0.isNaN ? 0 : $0, 1e18)).rounded())) }
    }
}
