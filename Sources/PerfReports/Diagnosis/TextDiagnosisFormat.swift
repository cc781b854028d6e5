import PerfDiagnosis
import PerfHost
import PerfModel
import PerfProfiles

/// For people: the verdict, the evidence, what to do, and what could not be seen.
package struct TextDiagnosisFormat: DiagnosisFormat {
    package static let id = "text"
    package static let explanation = "for people: the verdict, the evidence, what to do, what could not be seen"

    package static func bytes(of report: DiagnosisReport) -> [UInt8] {
        Array((DiagnosisText(report).lines.joined(separator: "\n") + "\n").utf8)
    }
}

/// A diagnosis in lines of text.
struct DiagnosisText {
    private let report: DiagnosisReport
    private let parts: DiagnosisParts
    private let style: TextStyle
    private var diagnosis: Diagnosis { report.diagnosis }
    private var width: Int? { report.layout.width }

    init(_ report: DiagnosisReport) {
        self.report = report
        parts = DiagnosisParts(report)
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        let verdict = "\(diagnosis.verdict.summary). Confidence \(diagnosis.verdict.confidence.rawValue)."
        var lines = TextWrap.lines(verdict.printable, width: width).map(style.verdict) + [""]
        for (caption, text) in header {
            lines += TextWrap.lines(text, width: width, first: caption.padded(to: 10), next: 10)
        }
        lines += evidenceLines + budgetLines + serverLines + remedyLines + judgementLines + unseenLines
        if !report.warnings.isEmpty {
            lines += ["", style.heading("Doubts")]
            for warning in report.warnings {
                lines += doubt(warning.message, remedy: warning.remedy)
            }
        }
        if report.layout.isVerbose {
            lines += HostNumbersText(window: report.observation.whole, style: style).lines
        }
        return lines
    }

    // MARK: parts

    private var header: [(String, String)] {
        var header: [(String, String)] = []
        if let host = report.host { header.append(("Host", TextHeader.text(of: host))) }
        header.append(("Observed", parts.observed))
        if let culprit = diagnosis.verdict.culprit { header.append(("Culprit", text(of: culprit))) }
        return header
    }

    private func text(of culprit: Culprit) -> String {
        var text = parts.process(of: culprit)
        if let function = parts.function(of: culprit) { text += ", function \(function)" }
        if let share = parts.share(of: culprit) { text += "; \(share)" }
        return text
    }

    private var evidenceLines: [String] {
        guard !diagnosis.findings.isEmpty else { return [] }
        let idWidth = diagnosis.findings.reduce(5) { max($0, $1.id.displayWidth) }
        var lines = ["", style.heading("Evidence")]
        lines.append(style.faint("  \("severity".padded(to: 8))  \("check".padded(to: idWidth))  what was seen"))
        for finding in diagnosis.findings {
            let severity = finding.severity.rawValue.padded(to: 8)
            let shown =
                finding.severity == .critical
                ? style.share(severity, ratio: 1) : finding.severity == .warning ? style.warning(severity) : severity
            let indent = 2 + 8 + 2 + idWidth + 2
            var what = finding.summary
            if let parent = finding.parent { what += " (follows from \(parent))" }
            let wrapped = TextWrap.lines(what.printable, width: width.map { max(30, $0 - indent) })
            lines.append("  \(shown)  \(finding.id.padded(to: idWidth))  \(wrapped[0])")
            let blank = String(repeating: " ", count: indent)
            lines += wrapped.dropFirst().map { blank + $0 }
            let numbers = finding.evidence.map(EvidenceText.text).joined(separator: ", ")
            let limit = DiagnosisParts.limit(of: finding).map { "; limit \($0)" }
            lines += TextWrap.lines(numbers + (limit ?? ""), width: width.map { max(30, $0 - indent) })
                .map { blank + style.faint($0) }
        }
        return lines
    }

    private var budgetLines: [String] {
        guard let budget = diagnosis.budget, budget.threads > 0 else { return [] }
        let active = budget.active
        let count = Quantity.counted(Int64(budget.threads), "thread")
        var lines = [
            "",
            style.heading("Time of \(count): \(Quantity.fixed(active * 100, digits: 1))% of it active"),
        ]
        guard active > 0 else { return lines }
        for part in DiagnosisParts.active(budget) {
            let share = part.ratio / active
            let bar = String(repeating: "█", count: Int((share * 30).rounded()))
            lines.append(
                "  \((Quantity.fixed(share * 100, digits: 1) + "%").leftPadded(to: 6))  \(part.name.padded(to: 20))  \(bar)"
                    .trimmedRight)
        }
        let unknown = budget.blocked[.unknown] ?? 0
        if unknown >= 0.005 {
            lines.append(
                "  beside it \(Quantity.fixed(unknown * 100, digits: 1))% of all time is waits whose reason could not be seen"
            )
        }
        return lines
    }

    /// Servers that were asked meanwhile, and whom threads wait for.
    private var serverLines: [String] {
        var lines: [String] = []
        let peers = diagnosis.peers.filter { $0.share >= 0.05 }.prefix(5)
        if !peers.isEmpty {
            lines += ["", style.heading("Waits for")]
            for peer in peers {
                let percent = "\(Quantity.fixed(peer.share * 100, digits: 0))%".leftPadded(to: 6)
                lines.append("  \(percent)  \(peer.address.printable) (\(peer.resource.rawValue))")
            }
        }
        guard !report.servers.isEmpty else { return lines }
        let table = ProbeTable.of(report.servers).lines(usesColor: report.layout.usesColor)
        return lines + ["", style.heading("Servers, asked meanwhile")] + table.map { "  " + $0 }
    }

    private var remedyLines: [String] {
        let remedies = parts.remedies.map(\.remedy)
        guard !remedies.isEmpty else { return [] }
        var lines = ["", style.heading("What to do")]
        for (index, remedy) in remedies.prefix(report.layout.isVerbose ? .max : 8).enumerated() {
            var text = remedy.text
            let claim = [remedy.claimedGain.map { "claimed gain: \($0)" }, remedy.source].compactMap { $0 }
            if !claim.isEmpty { text += " (\(claim.joined(separator: ", ")))" }
            lines += TextWrap.lines(
                text.printable, width: width, first: "\("\(index + 1)".leftPadded(to: 3)). ", next: 5)
        }
        return lines
    }

    private var judgementLines: [String] {
        var lines: [String] = []
        func add(_ caption: String, _ text: String) {
            guard !text.isEmpty else { return }
            lines += TextWrap.lines(text.printable, width: width, first: caption.padded(to: 12), next: 12)
        }
        add("Could gain", diagnosis.counterfactual)
        add("Refute it", diagnosis.refutation)
        let cleared = parts.cleared.map { resource, evidence in
            evidence.isEmpty ? resource.rawValue : "\(resource.rawValue) (\(evidence))"
        }
        add("Ruled out", cleared.joined(separator: "; "))
        return lines.isEmpty ? [] : [""] + lines
    }

    private var unseenLines: [String] {
        guard !diagnosis.unmeasured.isEmpty else { return [] }
        var lines = ["", style.heading("Not seen")]
        // Checks that are blind for one reason are one line.
        for group in parts.unseen {
            lines += doubt("\(group.ids.joined(separator: ", ")): \(group.reason)", remedy: group.remedy)
        }
        return lines
    }

    private func doubt(_ text: String, remedy: String) -> [String] {
        let lines = TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
        guard !remedy.isEmpty else { return lines }
        return lines + TextWrap.lines(remedy.printable, width: width, first: "    next: ", next: 10)
    }
}
