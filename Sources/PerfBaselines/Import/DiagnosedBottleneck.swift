import PerfModel

/// The verdict of a diagnosis, as a gate compares it: a program that became lock-bound has regressed.
package struct DiagnosedBottleneck: Hashable, Sendable, Codable {
    /// `"cpu"`, `"memory"`, `"disk"`, `"network"`, `"database"`, `"cache"`, `"lock"`, `"none"`, `"mixed"`.
    package var bottleneck: String
    /// `"high"`, `"medium"`, `"low"`.
    package var confidence: String
    /// One sentence for people.
    package var summary: String
    /// Who or what accounts for it, for people; nil where nobody does.
    package var culprit: String?

    package init(bottleneck: String, confidence: String, summary: String, culprit: String? = nil) {
        self.bottleneck = bottleneck
        self.confidence = confidence
        self.summary = summary
        self.culprit = culprit
    }

    /// A diagnosis of head against one of base.
    ///
    /// - Parameters:
    ///   - head: nil where head was not diagnosed.
    ///   - base: nil where the baseline has no diagnosis.
    /// - Returns: a failure where head is bound by something that base was not bound by, unless that is not sure enough.
    package static func comparison(head: DiagnosedBottleneck?, base: DiagnosedBottleneck?) -> GateResult.Comparison {
        func result(
            _ verdict: GateResult.Verdict, isImproved: Bool = false, _ reason: String
        ) -> GateResult.Comparison {
            GateResult.Comparison(
                id: "diagnosis", metric: "bottleneck", unit: "", channel: .diagnosis, verdict: verdict,
                count: head == nil ? 0 : 1, isImproved: isImproved, reason: reason)
        }
        guard let head else { return result(.inconclusive, "the baseline has a diagnosis, and this result has none") }
        guard let base else { return result(.inconclusive, "the baseline has no diagnosis to compare with") }
        let was = words(base.bottleneck)
        let became = words(head.bottleneck)
        if head.bottleneck == base.bottleneck { return result(.pass, "still \(became)") }
        if head.bottleneck == "none" { return result(.pass, isImproved: true, "was \(was), and is \(became)") }
        let detail = "was \(was), and became \(became): \(head.summary)"
        if head.confidence == "low" || base.confidence == "low" {
            return result(.inconclusive, "\(detail) (the confidence is low)")
        }
        if head.bottleneck == "mixed", base.bottleneck != "none" { return result(.inconclusive, detail) }
        return result(.fail, detail)
    }

    private static func words(_ bottleneck: String) -> String {
        switch bottleneck {
        case "none": "bound by nothing"
        case "mixed": "bound by several things"
        default: "\(bottleneck)-bound"
        }
    }
}
