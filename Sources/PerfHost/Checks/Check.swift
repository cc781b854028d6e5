import PerfModel

/// One question to an observed host.
///
/// A check is pure: the same observation always gives the same outcome. A new one is one new file here and its scenes
/// in the tests, then `ci/generate` for the registry.
package protocol Check: ExplainedCheck {
    /// - Parameters:
    ///   - observation: what was seen.
    ///   - threshold: the check's own, or what the user set.
    /// - Returns: what was found; blind is ``CheckOutcome/unmeasured(reason:remedy:)``, never healthy.
    static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome
}

/// The registry of checks.
package enum Checks {}

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

extension Check {
    /// The worst ones first; equal ones by what they are about.
    static func sorted(_ findings: [Finding]) -> [Finding] {
        findings.sorted { left, right in
            if left.severity != right.severity { return left.severity > right.severity }
            let (one, other) = (left.evidence.first?.value ?? 0, right.evidence.first?.value ?? 0)
            return one == other ? left.subject < right.subject : one > other
        }
    }
}
