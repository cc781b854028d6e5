import PerfModel

/// One question to an observed server.
///
/// A check is pure: the same observation always gives the same outcome. A new one is one new file here and its scenes
/// in the tests, then `ci/generate` for the registry.
package protocol ServerCheck: ExplainedCheck {
    /// What was seen of one kind of server.
    associatedtype Observation: Sendable

    /// - Parameters:
    ///   - observation: what was seen.
    ///   - threshold: the check's own, or what the user set.
    /// - Returns: what was found; blind is ``CheckOutcome/unmeasured(reason:remedy:)``, never healthy.
    static func outcome(of observation: Observation, threshold: CheckThreshold) -> CheckOutcome
}

/// The registry of checks of servers.
package enum ServerChecks {}

extension ServerCheck {
    /// A finding of this check, with evidence of the family `probe`.
    ///
    /// - Parameters:
    ///   - value: what is compared with the threshold; becomes the first evidence.
    ///   - name: of the value, in snake_case.
    ///   - threshold: in force.
    ///   - severity: by the threshold unless given.
    ///   - subject: which server, database or table.
    ///   - evidence: further numbers.
    ///   - summary: one sentence.
    ///   - parent: the id of the finding that causes this one.
    ///   - benefit: the most that removing it can gain, 0...1.
    ///   - remedies: what to do.
    /// - Returns: the finding.
    package static func finding(
        _ value: Double, _ name: String, threshold: CheckThreshold, severity: Severity? = nil, subject: String = "",
        evidence: [Evidence] = [], summary: String, parent: String? = nil, benefit: Double? = nil, remedies: [Remedy]
    ) -> Finding {
        Finding(
            id: id, severity: severity ?? threshold.severity(of: value) ?? .info, resource: resource, family: .probe,
            summary: summary, subject: subject, evidence: [Evidence(name, value, threshold.unit)] + evidence,
            threshold: threshold.limit(for: value), parent: parent, benefit: benefit.map { min(1, max(0, $0)) },
            remedies: remedies)
    }
}

extension ServerReport {
    /// Asks one check, and keeps what it says.
    package mutating func ask<Question: ServerCheck>(
        _ check: Question.Type, _ observation: Question.Observation, _ thresholds: [String: CheckThreshold]
    ) {
        switch check.outcome(of: observation, threshold: thresholds[check.id] ?? check.threshold) {
        case .healthy(let evidence):
            healthy.append(Healthy(id: check.id, resource: check.resource, evidence: evidence))
        case .findings(let found): findings += found
        case .unmeasured(let reason, let remedy):
            unmeasured.append(Unmeasured(id: check.id, reason: reason, remedy: remedy ?? ""))
        }
    }
}
