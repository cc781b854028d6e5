/// Columns and rows of a terminal.
package struct ScreenSize: Hashable, Sendable {
    package var columns: Int
    package var rows: Int

    /// Anything smaller says only that it is too small.
    package static let smallest = ScreenSize(columns: 40, rows: 12)

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    var isTooSmall: Bool { columns < Self.smallest.columns || rows < Self.smallest.rows }
}
