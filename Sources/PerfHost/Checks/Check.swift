import PerfModel

/// One question to an observed host.
///
/// A check is pure: the same observation always gives the same outcome. A new one is one new file here and its scenes
/// in the tests, then `ci/generate` for the registry.
package protocol Check: Sendable {
    /// `"cpu.throttle"`; also the folder of its scenes.
    static var id: String { get }
    static var resource: Resource { get }
    /// What it asks, in one sentence.
    static var explanation: String { get }
    /// The files and the formula.
    static var source: String { get }
    /// What makes a naive check wrong.
    static var trap: String { get }
    static var threshold: CheckThreshold { get }

    /// - Parameters:
    ///   - observation: what was seen.
    ///   - threshold: the check's own, or what the user set.
    /// - Returns: what was found; blind is ``CheckOutcome/unmeasured(reason:remedy:)``, never healthy.
    static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome
}

/// The registry of checks.
package enum Checks {}

/// What a check saw.
package enum CheckOutcome: Hashable, Sendable {
    /// Nothing wrong; the numbers that say so.
    case healthy([Evidence])
    /// The first one is the worst.
    case findings([Finding])
    case unmeasured(reason: String, remedy: String?)
}

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

extension Check {
    /// A finding of this check.
    ///
    /// - Parameters:
    ///   - value: what is compared with the threshold; becomes the first evidence.
    ///   - name: of the value, in snake_case.
    ///   - threshold: in force.
    ///   - severity: by the threshold unless given.
    ///   - family: where the evidence comes from.
    ///   - subject: which disk, interface or mount.
    ///   - evidence: further numbers.
    ///   - summary: one sentence.
    ///   - parent: the id of the finding that causes this one.
    ///   - benefit: the most that removing it can gain, 0...1.
    ///   - remedies: what to do.
    /// - Returns: the finding.
    package static func finding(
        _ value: Double, _ name: String, threshold: CheckThreshold, severity: Severity? = nil,
        family: EvidenceFamily, subject: String = "", evidence: [Evidence] = [], summary: String,
        parent: String? = nil, benefit: Double? = nil, remedies: [Remedy]
    ) -> Finding {
        Finding(
            id: id, severity: severity ?? threshold.severity(of: value) ?? .info, resource: resource, family: family,
            summary: summary, subject: subject, evidence: [Evidence(name, value, threshold.unit)] + evidence,
            threshold: threshold.limit(for: value), parent: parent, benefit: benefit.map { min(1, max(0, $0)) },
            remedies: remedies)
    }

    /// Unmeasured for the reason that a part of the observation gives.
    package static func unmeasured<Value>(_ part: Availability<Value>, _ what: String) -> CheckOutcome {
        guard case .unavailable(let reason, let remedy) = part else {
            return .unmeasured(reason: "\(what) is missing", remedy: nil)
        }
        return .unmeasured(reason: reason, remedy: remedy)
    }
}
