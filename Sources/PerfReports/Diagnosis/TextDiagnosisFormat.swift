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
    private let diagnosis: Diagnosis
    private let style: TextStyle
    private var width: Int? { report.layout.width }

    init(_ report: DiagnosisReport) {
        self.report = report
        diagnosis = report.diagnosis
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        let verdict = "\(diagnosis.verdict.summary). Confidence \(diagnosis.verdict.confidence.rawValue)."
        var lines = TextWrap.lines(verdict.printable, width: width).map(style.verdict) + [""]
        for (caption, text) in header {
            lines += TextWrap.lines(text, width: width, first: caption.padded(to: 10), next: 10)
        }
        lines += evidenceLines + budgetLines + remedyLines + judgementLines + unseenLines
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
        let seconds = Quantity.text(report.observation.whole.elapsed.wholeNanoseconds, unit: "ns")
        let started = report.startedAt == 0 ? "" : "\(Timestamp.text(nanosecondsSince1970: report.startedAt)), "
        let parts = report.observation.parts.count
        header.append(
            ("Observed", "\(started)\(report.subject), for \(seconds) in \(parts) window\(parts == 1 ? "" : "s")"))
        if let culprit = diagnosis.verdict.culprit { header.append(("Culprit", text(of: culprit))) }
        return header
    }

    private func text(of culprit: Culprit) -> String {
        var text = "\(culprit.process.printable) (pid \(culprit.pid))"
        if let thread = culprit.thread, let tid = culprit.tid, tid != culprit.pid || thread != culprit.process {
            text += ", thread \(thread.printable) (tid \(tid))"
        }
        if let function = culprit.function {
            text += ", function \(report.layout.shown(function))"
            if let file = culprit.file {
                text += " (\(file.lastPathComponent.printable)\(culprit.line.map { ":\($0)" } ?? ""))"
            }
        }
        if let share = culprit.share, share > 0 {
            text += "; \(Quantity.fixed(share * 100, digits: 0))% of what all use of it"
        }
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
            let limit = finding.threshold.map { threshold in
                "; limit \(EvidenceText.value(threshold, finding.evidence.first?.unit ?? ""))"
            }
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
        var parts: [(String, Double)] = [
            ("on a CPU", budget.onCPU), ("ready, without a CPU", budget.runnable),
            ("stopped by a quota", budget.throttled),
        ]
        for reason in TimeBudget.reasons where ![.sleep, .idle, .unknown].contains(reason) {
            parts.append(("waiting: \(reason.rawValue)", budget.blocked[reason] ?? 0))
        }
        for (name, part) in parts where part / active >= 0.0005 {
            let share = part / active
            let bar = String(repeating: "█", count: Int((share * 30).rounded()))
            lines.append(
                "  \((Quantity.fixed(share * 100, digits: 1) + "%").leftPadded(to: 6))  \(name.padded(to: 20))  \(bar)"
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

    private var remedyLines: [String] {
        var seen: Set<String> = []
        var remedies: [Remedy] = []
        // What causes something comes before what follows from it; context needs no remedy.
        for finding in diagnosis.findings where finding.severity >= .warning && finding.parent == nil {
            remedies += finding.remedies.filter { seen.insert($0.text).inserted }
        }
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
        let cleared = diagnosis.exoneratedResources.map { resource in
            let numbers = diagnosis.exonerated.filter { $0.resource == resource }
                .compactMap { $0.evidence.first.map(EvidenceText.text) }
            return numbers.isEmpty ? resource.rawValue : "\(resource.rawValue) (\(numbers.joined(separator: ", ")))"
        }
        add("Ruled out", cleared.joined(separator: "; "))
        return lines.isEmpty ? [] : [""] + lines
    }

    private var unseenLines: [String] {
        guard !diagnosis.unmeasured.isEmpty else { return [] }
        var lines = ["", style.heading("Not seen")]
        // Checks that are blind for one reason are one line.
        var order: [String] = []
        var groups: [String: (ids: [String], remedy: String)] = [:]
        for blind in diagnosis.unmeasured {
            if groups[blind.reason] == nil { order.append(blind.reason) }
            groups[blind.reason, default: ([], blind.remedy)].ids.append(blind.id)
        }
        for reason in order {
            guard let group = groups[reason] else { continue }
            lines += doubt("\(group.ids.joined(separator: ", ")): \(reason)", remedy: group.remedy)
        }
        return lines
    }

    private func doubt(_ text: String, remedy: String) -> [String] {
        let lines = TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
        guard !remedy.isEmpty else { return lines }
        return lines + TextWrap.lines(remedy.printable, width: width, first: "    next: ", next: 10)
    }
}
