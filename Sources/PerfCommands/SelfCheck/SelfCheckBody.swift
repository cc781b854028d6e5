import PerfLinux

/// The fields of a `self_check` document.
package struct SelfCheckBody: Encodable, Sendable {
    /// Whether perfdoctor can do its work here at all.
    package var isUsable: Bool
    package var summary: String
    package var checks: [SelfCheckItem]

    package init(_ check: SelfCheck) {
        isUsable = check.isUsable
        summary = check.verdict
        checks = check.items
    }

    private enum CodingKeys: String, CodingKey {
        case isUsable = "usable"
        case summary, checks
    }
}
