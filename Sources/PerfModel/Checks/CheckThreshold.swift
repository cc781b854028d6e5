/// From which value on a check finds something.
package struct CheckThreshold: Codable, Hashable, Sendable {
    package var warning: Double
    /// Nil where there is no worse than a warning.
    package var critical: Double?
    /// Of both, and of the finding's first evidence.
    package var unit: String
    /// Who says so; `"proposed"` where nobody does.
    package var origin: String
    /// Further numbers that must hold, by name.
    package var conditions: [String: Double]

    package init(
        _ warning: Double, _ critical: Double? = nil, unit: String, origin: String, conditions: [String: Double] = [:]
    ) {
        self.warning = warning
        self.critical = critical
        self.unit = unit
        self.origin = origin
        self.conditions = conditions
    }

    /// Nil for a value that is fine.
    package func severity(of value: Double) -> Severity? {
        if let critical, value >= critical { return .critical }
        return value >= warning ? .warning : nil
    }

    /// The limit that the value reached.
    package func limit(for value: Double) -> Double {
        if let critical, value >= critical { return critical }
        return warning
    }

    /// A further number; every check states its own in ``Check/threshold``.
    package func condition(_ name: String) -> Double { conditions[name] ?? 0 }
}
