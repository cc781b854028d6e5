import PerfModel
import PerfProbes
import PerfProfiles

/// For people: the verdict, latencies side by side, what was lost and why, findings, what could not be seen.
package struct TextProbeFormat: ProbeFormat {
    package static let id = "text"
    package static let explanation = "for people: the verdict, latencies side by side, findings and remedies"

    package static func bytes(of report: ProbeReport) -> [UInt8] {
        Array((ProbeText(report).lines.joined(separator: "\n") + "\n").utf8)
    }
}

/// Latencies in lines of text.
private struct ProbeText {
    private let report: ProbeReport
    private let style: TextStyle
    private var width: Int? { report.layout.width }

    init(_ report: ProbeReport) {
        self.report = report
        style = TextStyle(usesColor: report.layout.usesColor)
    }

    var lines: [String] {
        let verdict = ProbeWords.summary(report).printable + "."
        var lines = TextWrap.lines(verdict, width: width).map(style.verdict) + [""]
        lines += table + overTime + details + findings + unseen + doubts
        lines += ["", style.faint(cost)]
        return lines
    }

    // MARK: parts

    private var table: [String] {
        guard !report.measurements.isEmpty else { return [] }
        return ProbeTable.of(report.measurements).lines(usesColor: report.layout.usesColor)
    }

    private func time(_ nanoseconds: UInt64?) -> String { ProbeTable.time(nanoseconds) }

    /// The largest latency over time, so that a stall is seen as a stall.
    private var overTime: [String] {
        let shown = report.measurements.filter { $0.received > 0 && $0.timeline.slots.count > 1 }
        guard !shown.isEmpty else { return [] }
        var lines = ["", style.heading("Largest latency over time")]
        let nameWidth = min(40, shown.map { ProbeWords.name(of: $0).displayWidth }.max() ?? 0)
        let columns = max(20, min(80, (width ?? 100) - nameWidth - 16))
        for one in shown {
            let values = one.timeline.slots.map { $0.answered > 0 ? Double($0.most) : nil }
            let line = Sparkline.text(values, width: min(columns, values.count), top: 0)
            let name = String(ProbeWords.name(of: one).printable.prefix(nameWidth))
            lines.append("  \(name.padded(to: nameWidth))  \(line)  to \(time(one.latency?.max))")
        }
        return lines
    }

    private var details: [String] {
        var lines: [String] = []
        for one in report.measurements {
            var facts: [String] = ["asked by \(one.method)"]
            if !one.connecting.isEmpty { facts.append("connecting: \(phases(one.connecting))") }
            if !one.phases.isEmpty { facts.append("answers, medians: \(phases(one.phases))") }
            if one.connections > 1 { facts.append("\(one.connections) connections were made") }
            facts += one.report.facts.map { "\($0.name): \($0.value)" }
            lines += TextWrap.lines(
                "\(ProbeWords.name(of: one)): \(facts.joined(separator: "; "))".printable, width: width, first: "  ",
                next: 4)
            for failure in one.failures.prefix(5) {
                lines += doubt(
                    "\(Quantity.grouped(Int64(failure.count)))× \(failure.failure.summary)",
                    remedy: failure.failure.remedy ?? "")
            }
        }
        for one in report.unresolved {
            lines += doubt("\(one.url): \(one.failure.summary)", remedy: one.failure.remedy ?? "")
        }
        return lines.isEmpty ? [] : ["", style.heading("Targets")] + lines
    }

    private func phases(_ phases: [ProbePhase]) -> String {
        phases.map { "\($0.name) \(time($0.nanoseconds))" }.joined(separator: ", ")
    }

    private var findings: [String] {
        let findings = report.findings
        guard !findings.isEmpty else { return [] }
        var lines = ["", style.heading("Findings")]
        for finding in findings {
            let severity = finding.severity.rawValue.padded(to: 8)
            let shown =
                finding.severity == .critical
                ? style.share(severity, ratio: 1) : finding.severity == .warning ? style.warning(severity) : severity
            let subject = finding.subject.isEmpty ? "" : " (\(finding.subject))"
            let what = TextWrap.lines(
                "\(finding.id)  \(finding.summary)\(subject)".printable, width: width.map { max(30, $0 - 12) })
            lines.append("  \(shown)  \(what[0])")
            lines += what.dropFirst().map { String(repeating: " ", count: 12) + $0 }
            for remedy in finding.remedies.prefix(report.layout.isVerbose ? .max : 3) {
                let claim = [remedy.claimedGain.map { "claimed gain: \($0)" }, remedy.source].compactMap { $0 }
                let text = remedy.text + (claim.isEmpty ? "" : " (\(claim.joined(separator: ", ")))")
                lines += TextWrap.lines(text.printable, width: width, first: "            next: ", next: 18)
            }
        }
        return lines
    }

    private var unseen: [String] {
        let unmeasured = report.unmeasured
        guard !unmeasured.isEmpty else { return [] }
        return ["", style.heading("Not seen")]
            + UnseenGroup.all(of: unmeasured).flatMap {
                doubt("\($0.ids.joined(separator: ", ")): \($0.reason)", remedy: $0.remedy)
            }
    }

    private var doubts: [String] {
        guard !report.warnings.isEmpty else { return [] }
        return ["", style.heading("Doubts")] + report.warnings.flatMap { doubt($0.message, remedy: $0.remedy) }
    }

    private func doubt(_ text: String, remedy: String) -> [String] {
        let lines = TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
        guard !remedy.isEmpty else { return lines }
        return lines + TextWrap.lines(remedy.printable, width: width, first: "    next: ", next: 10)
    }

    private var cost: String {
        let seconds = Quantity.text(report.duration.wholeNanoseconds, unit: "ns")
        var text = "\(report.rateText), sent on time whatever the answers take; \(seconds)"
        if let cpus = report.ownCPUs { text += "; asking took \(Quantity.fixed(cpus * 100, digits: 1))% of a CPU" }
        return text
    }
}
