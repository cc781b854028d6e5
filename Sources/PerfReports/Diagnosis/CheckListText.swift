import PerfHost
import PerfModel
import PerfProbes
import PerfProfiles

/// Every check, explained.
package struct CheckListText {
    private let width: Int?

    package init(width: Int?) {
        self.width = width
    }

    package var text: String {
        let known = Checks.all as [any ExplainedCheck.Type] + ServerChecks.all
        return known.sorted { ($0.resource.order, $0.id) < ($1.resource.order, $1.id) }.map { check in
            let threshold = check.threshold
            var limits = "warning from \(EvidenceText.value(threshold.warning, threshold.unit))"
            if let critical = threshold.critical {
                limits += ", critical from \(EvidenceText.value(critical, threshold.unit))"
            }
            let conditions = threshold.conditions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            if !conditions.isEmpty { limits += "; and \(conditions.joined(separator: ", "))" }
            limits += " (\(threshold.origin))"
            return
                ([check.id]
                + [("asks", check.explanation), ("source", check.source), ("limits", limits), ("trap", check.trap)]
                .flatMap { caption, text in
                    TextWrap.lines(text, width: width, first: "  \(caption.padded(to: 8))", next: 10)
                }).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}

extension Resource {
    fileprivate var order: Int { Resource.allCases.firstIndex(of: self) ?? 0 }
}
