/// Counters by the names that the kernel gives them.
package struct NamedCounters: Hashable, Sendable {
    package var values: [String: UInt64]

    package init(_ values: [String: UInt64] = [:]) {
        self.values = values
    }

    /// Nil where this kernel has no such counter.
    package subscript(_ name: String) -> UInt64? { values[name] }
}
