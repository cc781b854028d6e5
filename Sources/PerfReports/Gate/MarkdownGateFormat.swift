import PerfBaselines
import PerfModel

/// For pull requests: verdict, comparisons and cause in Markdown as GitHub and GitLab show it.
package struct MarkdownGateFormat: GateFormat {
    package static let id = "markdown"
    package static let explanation = "for a comment of a pull request, and the step summary of a job"

    package static func bytes(of report: GateReport) -> [UInt8] {
        Array((blocks(of: report).joined(separator: "\n\n") + "\n").utf8)
    }

    private static func text(_ text: String) -> String { MarkdownText.text(text) }

    private static func blocks(of report: GateReport) -> [String] {
        let result = report.result
        let sign =
            switch result.verdict {
            case .pass: "✅"
            case .fail: "❌"
            case .inconclusive: "❔"
            case .invalid: "⚠️"
            }
        var blocks = ["### \(sign) \(result.verdict.rawValue.uppercased()): \(text(result.summary))"]
        blocks.append("\(MarkdownText.code(report.base)) → \(MarkdownText.code(report.head))")
        let ordered = GateWords.ordered(result.comparisons)
        let important = ordered.filter { $0.verdict != .pass || $0.isImproved }
        let rest = ordered.filter { $0.verdict == .pass && !$0.isImproved }
        if !important.isEmpty { blocks.append(table(important)) }
        if !rest.isEmpty {
            let caption = "\(Quantity.counted(Int64(rest.count), "comparison")) without a change"
            blocks.append("<details><summary>\(caption)</summary>\n\n\(table(rest))\n\n</details>")
        }
        let reasons = ordered.filter(GateWords.isExplained)
        if !reasons.isEmpty {
            blocks.append(
                reasons.map {
                    "- \(MarkdownText.code($0.id))\($0.metric.isEmpty ? "" : ", " + text($0.metric)): \(text($0.reason))"
                }
                .joined(separator: "\n"))
        }
        blocks += GateCauseSection.all(of: result).map(cause)
        blocks += GateAdvice(report: report).sentences.map { "**Next:** \(text($0))" }
        let doubts =
            result.unmeasured.map { ("not measured: \($0.id): \($0.reason)", $0.remedy) }
            + result.warnings.map { ($0.message, $0.remedy) }
        if !doubts.isEmpty {
            blocks.append(
                doubts.map { "> \(text($0.0))\($0.1.isEmpty ? "" : " – " + text($0.1))" }.joined(separator: "\n>\n"))
        }
        return blocks
    }

    private static func table(_ comparisons: [GateResult.Comparison]) -> String {
        var lines = [
            "| | benchmark | metric | base | head | change | interval | n |", "|---|---|---|--:|--:|--:|--:|--:|",
        ]
        for one in comparisons {
            let isBad = one.verdict == .fail && one.isGated
            let word = isBad ? "**FAIL**" : GateWords.verdict(one)
            let cells = [
                word, MarkdownText.code(one.id), one.metric.isEmpty ? "" : text(GateWords.name(ofMetric: one.metric)),
                text(GateWords.value(one.baseline, unit: one.unit)), text(GateWords.value(one.head, unit: one.unit)),
                GateWords.change(one.effectRatio), one.interval == nil ? "" : GateWords.interval(one.interval),
                one.count > 0 ? "\(one.count)" : "",
            ]
            lines.append("| \(cells.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func cause(_ section: GateCauseSection) -> String {
        let title = section.title
        let benchmark = section.benchmark.map { " in \(MarkdownText.code($0))" } ?? ""
        let rows =
            switch section.content {
            case .parts(let parts): parts.map(row)
            case .counters(let counters): counters.map { text(GateWords.counter($0)) }
            }
        return "#### \(title.before)\(benchmark)\(title.after)\n\n" + rows.map { "- \($0)" }.joined(separator: "\n")
    }

    private static func row(_ part: GateResult.Cause.Part) -> String {
        let place = part.file.map { " " + MarkdownText.code($0 + (part.line.map { ":\($0)" } ?? "")) } ?? ""
        return "\(GateWords.delta(of: part)) \(MarkdownText.code(part.name))\(place)"
    }
}
