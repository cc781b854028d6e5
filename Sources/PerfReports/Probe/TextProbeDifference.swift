import PerfModel
import PerfProbes
import PerfProfiles

/// A comparison of two probes for people: what changed, percentiles side by side, what could not be compared.
package enum TextProbeDifference {
    package static func bytes(of comparison: ProbeComparison, layout: Report.Layout) -> [UInt8] {
        let style = TextStyle(usesColor: layout.usesColor)
        let width = layout.width
        let sentence = ProbeDifferenceWords.headline(comparison)
        // A sentence that begins with a URL keeps it as it is.
        let isName = comparison.targets.contains { sentence.hasPrefix($0.after.url) }
        let begin = isName ? sentence : (sentence.first.map { $0.uppercased() } ?? "") + sentence.dropFirst()
        var lines = TextWrap.lines("\(begin).".printable, width: width).map(style.verdict)
        lines.append("")
        for (caption, record) in [("Before", comparison.before), ("After", comparison.after)] {
            let parts = [record.source, record.startedAt, record.host.map { "from \($0)" }].compactMap { $0 }
            lines += TextWrap.lines(
                parts.joined(separator: ", ").printable, width: width, first: caption.padded(to: 10), next: 10)
        }
        for target in comparison.targets { lines += describe(target, comparison, style, layout) }
        lines += alone(comparison, style, width)
        lines += ["", style.heading("Doubts")]
        for doubt in ProbeDifferenceWords.doubts(comparison) { lines += remark(doubt.message, doubt.remedy, width) }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func remark(_ text: String, _ remedy: String, _ width: Int?) -> [String] {
        TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
            + (remedy.isEmpty
                ? [] : TextWrap.lines(remedy.printable, width: width, first: "    next: ", next: 10))
    }

    private static func describe(
        _ target: ProbeComparison.Target, _ comparison: ProbeComparison, _ style: TextStyle, _ layout: Report.Layout
    ) -> [String] {
        var lines = ["", style.heading(ProbeDifferenceWords.name(target).printable)]
        if target.hasChanged {
            lines += TextWrap.lines(
                ProbeDifferenceWords.change(target).printable, width: layout.width, first: "  ", next: 4)
        }
        if let reason = target.incomparable {
            lines += TextWrap.lines(
                "Not compared: \(reason)".printable, width: layout.width, first: "  ", next: 4)
        }
        if !target.quantiles.isEmpty { lines += table(target).lines(usesColor: layout.usesColor).map { "  " + $0 } }
        lines += checks(target, layout.width)
        return lines
    }

    private static func table(_ target: ProbeComparison.Target) -> PlainTable {
        var rows = target.quantiles.map { quantile in
            [
                ProbeDifferenceWords.name(quantile), ProbeDifferenceWords.time(quantile.before),
                ProbeDifferenceWords.time(quantile.after), ProbeDifferenceWords.factor(quantile.change),
                quantile.changeInterval.map {
                    "\(ProbeDifferenceWords.factor($0.lowerBound)) to \(ProbeDifferenceWords.factor($0.upperBound))"
                } ?? "-", meaning(quantile),
            ]
        }
        if let loss = target.loss {
            let interval = loss.differenceInterval
            rows.append([
                "lost", ProbeDifferenceWords.percent(loss.before), ProbeDifferenceWords.percent(loss.after),
                points(loss.after - loss.before),
                "\(points(interval.lowerBound)) to \(points(interval.upperBound))",
                loss.isSignificant ? (loss.after > loss.before ? "more" : "less") : "same within chance",
            ])
        }
        return PlainTable(
            captions: ["", "before", "after", "change", "99% interval", ""], rows: rows, rightAligned: [1, 2, 3, 4])
    }

    private static func points(_ ratio: Double) -> String {
        "\(ratio >= 0 ? "+" : "")\(Quantity.fixed(ratio * 100, digits: 1)) pp"
    }

    private static func meaning(_ quantile: ProbeComparison.Quantile) -> String {
        if quantile.direction != .none { return quantile.direction.rawValue }
        if !quantile.isKnown { return "too few answers, or all in one event" }
        return quantile.isBelowMinimum ? "changed too little to matter" : "same within chance"
    }

    private static func checks(_ target: ProbeComparison.Target, _ width: Int?) -> [String] {
        guard let checks = target.checks else {
            return target.incomparable == nil && (target.before.checks == nil || target.after.checks == nil)
                ? ["  findings: not compared, since a document does not tell what was checked"] : []
        }
        return checks.flatMap { check in
            let subject = check.subject.isEmpty ? "" : " (\(check.subject))"
            let was = check.before?.rawValue ?? "nothing"
            let text =
                switch check.kind {
                case .appeared: "new finding: \(check.id)\(subject), \(check.after?.rawValue ?? "")"
                case .gone: "gone: \(check.id)\(subject), \(was) before"
                case .worse, .better:
                    "\(check.kind.rawValue): \(check.id)\(subject), \(was) before, "
                        + "\(check.after?.rawValue ?? "") after"
                case .unknown:
                    "\(check.id)\(subject): found \(check.before == nil ? "after" : "before") and not looked for "
                        + (check.before == nil ? "before" : "after")
                }
            return TextWrap.lines(text.printable, width: width, first: "  ", next: 4)
        }
    }

    private static func alone(_ comparison: ProbeComparison, _ style: TextStyle, _ width: Int?) -> [String] {
        let all = [("before", comparison.onlyBefore), ("after", comparison.onlyAfter)].flatMap { when, targets in
            targets.map { ($0.url, when) }
        }
        guard !all.isEmpty else { return [] }
        return ["", style.heading("Not compared")]
            + all.flatMap { url, when in remark("\(url) was probed only \(when)", "", width) }
    }
}
