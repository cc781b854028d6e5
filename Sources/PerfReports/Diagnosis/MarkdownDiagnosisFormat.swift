import PerfDiagnosis
import PerfModel

/// For tickets and reviews: what matters of a diagnosis, in Markdown as GitHub and GitLab show it.
package struct MarkdownDiagnosisFormat: DiagnosisFormat {
    package static let id = "markdown"
    package static let explanation = "for tickets: verdict, evidence and remedies as GitHub and GitLab show them"

    package static func bytes(of report: DiagnosisReport) -> [UInt8] {
        Array((DiagnosisMarkdown(report).blocks.joined(separator: "\n\n") + "\n").utf8)
    }
}

/// A diagnosis in blocks of Markdown.
private struct DiagnosisMarkdown {
    private let report: DiagnosisReport
    private let parts: DiagnosisParts
    private var diagnosis: Diagnosis { report.diagnosis }

    init(_ report: DiagnosisReport) {
        self.report = report
        parts = DiagnosisParts(report)
    }

    private func text(_ text: String) -> String { MarkdownText.text(text) }

    var blocks: [String] {
        var blocks = ["### \(text(diagnosis.verdict.summary))", facts]
        if !report.warnings.isEmpty {
            blocks.append(
                report.warnings.map { "> \(doubt($0.message, remedy: $0.remedy))" }.joined(separator: "\n>\n"))
        }
        if let evidence { blocks += ["#### Evidence", evidence] }
        if !parts.remedies.isEmpty { blocks += ["#### What to do", remedies] }
        if let details = judgement { blocks.append(details) }
        if let cleared { blocks.append(cleared) }
        if let unseen { blocks.append(unseen) }
        return blocks
    }

    private var facts: String {
        let verdict = diagnosis.verdict
        var items = [
            ("Confidence", verdict.confidence.rawValue), ("Bottleneck", verdict.bottleneck.rawValue),
        ]
        if let culprit = verdict.culprit {
            let share = parts.share(of: culprit).map { "; \($0)" } ?? ""
            items.append(("Culprit", text(parts.process(of: culprit) + share)))
            if let function = parts.function(of: culprit) { items.append(("Function", MarkdownText.code(function))) }
        }
        if let budget = diagnosis.budget, budget.active > 0 {
            let shares = DiagnosisParts.active(budget).map { "\(percent($0.ratio / budget.active)) \($0.name)" }
            items.append(
                ("Time", text("\(percent(budget.active)) active; of that \(shares.joined(separator: ", "))")))
        }
        items.append(("Observed", text(parts.observed)))
        if let host = report.host { items.append(("Host", text(TextHeader.text(of: host)))) }
        return items.map { "- **\($0.0)**: \($0.1)" }.joined(separator: "\n")
    }

    private var evidence: String? {
        guard !diagnosis.findings.isEmpty else { return nil }
        var lines = ["| Severity | Check | What was seen | Evidence | Limit |", "|---|---|---|---|---|"]
        for finding in diagnosis.findings {
            var what = text(finding.summary)
            if let parent = finding.parent { what += " (follows from \(MarkdownText.code(parent)))" }
            if let benefit = finding.benefit { what += " (could gain \(percent(benefit)) at most)" }
            let severity = finding.severity.rawValue
            let cells = [
                finding.severity == .critical ? "**\(severity)**" : severity, MarkdownText.code(finding.id), what,
                text(finding.evidence.map(EvidenceText.text).joined(separator: ", ")),
                DiagnosisParts.limit(of: finding).map(text) ?? "",
            ]
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }

    private var remedies: String {
        parts.remedies.enumerated().map { index, entry in
            let remedy = entry.remedy
            let claim = [remedy.claimedGain.map { "claimed gain: \($0)" }, remedy.source].compactMap { $0 }
            let claims = claim.isEmpty ? "" : " (\(text(claim.joined(separator: ", "))))"
            return "\(index + 1). \(text(remedy.text))\(claims)"
        }.joined(separator: "\n")
    }

    private var judgement: String? {
        let items = [("Could gain", diagnosis.counterfactual), ("Refute it", diagnosis.refutation)]
            .filter { !$0.1.isEmpty }
        return items.isEmpty ? nil : items.map { "- **\($0.0)**: \(text($0.1))" }.joined(separator: "\n")
    }

    private var cleared: String? {
        let items = parts.cleared.map { resource, evidence in
            "- **\(resource.rawValue)**" + (evidence.isEmpty ? "" : ": \(text(evidence))")
        }
        return details("Ruled out", count: items.count, items)
    }

    private var unseen: String? {
        let items = parts.unseen.map { group in
            let ids = group.ids.map(MarkdownText.code).joined(separator: ", ")
            return "- \(ids): \(doubt(group.reason, remedy: group.remedy))"
        }
        return details("Not seen", count: diagnosis.unmeasured.count, items)
    }

    private func details(_ title: String, count: Int, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        return "<details>\n<summary>\(title) (\(count))</summary>\n\n\(items.joined(separator: "\n"))\n\n</details>"
    }

    private func doubt(_ message: String, remedy: String) -> String {
        text(message) + (remedy.isEmpty ? "" : " → \(text(remedy))")
    }

    private func percent(_ ratio: Double) -> String { Quantity.fixed(ratio * 100, digits: 1) + "%" }
}
