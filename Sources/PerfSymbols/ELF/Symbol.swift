import PerfModel

/// A function as a symbol table names it.
package struct Symbol: Hashable, Sendable {
    /// As it stands in the table: mangled, without a version suffix.
    package var name: String
    package var range: Range<ImageAddress>

    package init(name: String, range: Range<ImageAddress>) {
        self.name = name
        self.range = range
    }

    package var address: ImageAddress { range.lowerBound }
}
