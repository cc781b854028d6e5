/// Changes of named counters in a window.
package struct NamedChanges: Hashable, Sendable {
    /// By name; counters that began anew are missing.
    package var changes: [String: UInt64]
    /// Gauges, as they are at the window's end: `nr_dirty`, `Tcp.CurrEstab`.
    package var gauges: [String: UInt64]
    /// Nanoseconds.
    package var elapsed: UInt64

    init(
        _ first: NamedCounters, _ last: NamedCounters, _ elapsed: UInt64, _ prefix: String,
        _ marks: inout CounterChanges, _ isGauge: (String) -> Bool
    ) {
        changes = [:]
        changes.reserveCapacity(last.values.count)
        gauges = [:]
        self.elapsed = elapsed
        // Sorted only where marks are made: their order is part of no contract, but shall not vary.
        for (name, value) in last.values {
            if isGauge(name) {
                gauges[name] = value
            } else if let before = first.values[name], value >= before {
                changes[name] = value - before
            }
        }
        let backwards = last.values.keys.filter { changes[$0] == nil && gauges[$0] == nil }.sorted()
        for name in backwards {
            changes[name] = marks.change(first.values[name], last.values[name], "\(prefix).\(name)")
        }
    }

    /// The change of a counter; nil where this kernel has none or it began anew.
    package subscript(_ name: String) -> UInt64? { changes[name] }

    /// Changes a second.
    package func perSecond(_ name: String) -> Double? {
        changes[name].map { Double($0) * 1e9 / Double(elapsed) }
    }

    /// The sum of those that are there; nil when none is.
    package func sum(_ names: String...) -> UInt64? {
        let found = names.compactMap { changes[$0] }
        return found.isEmpty ? nil : found.reduce(0, &+)
    }
}
