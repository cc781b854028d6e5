import PerfModel
import PerfProfiles

/// For people: the verdict, what changed, what is noise, and what may be wrong.
package struct TextDifferenceFormat: DifferenceFormat {
    package static let id = "text"
    package static let explanation = "for people: verdict, functions that changed with their intervals, noise, doubts"

    /// Rows of a table unless `--top` says otherwise.
    static let defaultLimit = 20
    /// Names in a sentence about what is no finding.
    private static let namedLimit = 3

    package static func bytes(of report: DifferenceReport) -> [UInt8] {
        let style = TextStyle(usesColor: report.layout.usesColor)
        let width = report.layout.width
        let sentence = DifferenceHeadline.sentence(of: report)
        let first = sentence.first.map { $0.uppercased() } ?? ""
        // A sentence that begins with a function's name keeps it as it is.
        let isName = report.comparison.functions.contains { sentence.hasPrefix($0.frame.name.prefix(1).description) }
        let begin =
            isName && !sentence.hasPrefix("no ") && !sentence.hasPrefix("nothing ")
            ? sentence : first + sentence.dropFirst()
        var lines = TextWrap.lines(begin + ".", width: width).map(style.verdict)
        lines.append("")
        for (caption, text) in header(of: report) {
            lines += TextWrap.lines(text, width: width, first: caption.padded(to: 10), next: 10)
        }
        lines += tables(report, style: style)
        lines += remarks(report, style: style)
        lines += DifferenceDoubts.lines(of: report, style: style)
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func header(of report: DifferenceReport) -> [(caption: String, text: String)] {
        let comparison = report.comparison
        let quantity = DifferenceQuantity(comparison)
        var lines = [("Before", describe(report.before)), ("After", describe(report.after))]
        lines.append(("Compared", describe(comparison, report)))
        if !comparison.isShare {
            let total = comparison.total
            let change = DifferenceQuantity.relativeWithMargin(total)
            lines.append(
                (
                    "Total",
                    "\(quantity.value(total.before)) before, \(quantity.value(total.after)) after\(quantity.per), \(change)"
                        + (total.isSignificant || report.isCounted ? "" : " (within noise)")
                ))
        }
        if !report.before.filter.isEmpty {
            lines.append(("Filter", report.before.filter.options.joined(separator: " ").printable))
        }
        return lines
    }

    private static func describe(_ report: Report) -> String {
        let profile = report.profile
        var parts = [report.source.printable]
        if let target = profile.extras?.target, !target.isEmpty { parts[0] += ": \(target.printable)" }
        if profile.startedAt != 0 { parts.append(Timestamp.text(nanosecondsSince1970: profile.startedAt)) }
        if profile.duration > 0 { parts.append("for \(Quantity.text(profile.duration, unit: "ns"))") }
        if let samples = report.view.sampleCount { parts.append(Quantity.counted(samples, "sample")) }
        parts.append(
            "\(report.sampleType.type.printable) \(Quantity.text(report.view.total, unit: report.sampleType.unit))")
        return parts.joined(separator: ", ")
    }

    private static func describe(_ comparison: ProfileComparison, _ report: DifferenceReport) -> String {
        let type = comparison.sampleType.type.printable
        switch comparison.options.normalization {
        case .total:
            return "shares of the total of '\(type)': a change of the whole is not seen"
                + " (--per N,M compares per operation, --per 1 whole runs, --normalize duration per second)"
        case .duration:
            return "'\(type)' per second of the recording"
        case .operations(1, 1):
            guard report.isNormalizationChosen else {
                return "'\(type)' of whole runs, which must have done the same work"
            }
            return "'\(type)' per run, because each recording is one run of the same command"
                + " (--normalize total compares shares, --per N,M operations)"
        case .operations(let before, let after):
            let counts =
                before == after ? "\(count(before)) on both sides" : "\(count(before)) before, \(count(after)) after"
            return "'\(type)' per operation: \(counts)"
        }
    }

    private static func count(_ value: Double) -> String {
        Int64(exactly: value).map(Quantity.grouped) ?? "\(value)"
    }

    private static func tables(_ report: DifferenceReport, style: TextStyle) -> [String] {
        let comparison = report.comparison
        let table = DifferenceTableText(report)
        let dimension = comparison.options.dimension.name
        let unit = comparison.isShare ? ", in points of the total" : "," + DifferenceQuantity(comparison).per
        let selves = comparison.functions.filter { $0.own.isSignificant && !$0.isInlinedDifferently }
        let totals = comparison.functions.filter { $0.total.isSignificant && !$0.isInlinedDifferently }
            .sorted { abs($0.total.delta) > abs($1.total.delta) }
        let limit = report.limit ?? defaultLimit
        func section(
            _ title: String, _ functions: [ProfileComparison.Function],
            _ path: KeyPath<ProfileComparison.Function, ComparedChange>
        ) -> [String] {
            guard !functions.isEmpty else { return [] }
            var lines = ["", style.heading(title)] + table.lines(functions.prefix(limit), of: path, caption: dimension)
            if functions.count > limit {
                lines.append("  and \(functions.count - limit) more (--top \(functions.count) shows all)")
            }
            return lines
        }
        let own = section("Changed by themselves\(unit)", selves, \.own)
        let all = section("Changed with what they call\(unit)", totals, \.total)
        let suspects = comparison.functions.filter {
            $0.direction == .none && !$0.isInlinedDifferently && ($0.own.isSuspected || $0.total.isSuspected)
        }
        if !comparison.hasFindings, !suspects.isEmpty {
            return section("Perhaps changed by themselves\(unit)", suspects.filter(\.own.isSuspected), \.own)
                + section("Perhaps changed with what they call\(unit)", suspects.filter(\.total.isSuspected), \.total)
        }
        if selves.isEmpty && totals.isEmpty {
            // Nothing found: the largest differences show how large noise is.
            let largest = comparison.functions.filter { !$0.isInlinedDifferently && $0.own.delta != 0 }
            return section("Largest differences, none beyond noise\(unit)", Array(largest.prefix(min(limit, 5))), \.own)
        }
        return report.order == .total ? all + own : own + all
    }

    /// What differs and is no finding, and why.
    private static func remarks(_ report: DifferenceReport, style: TextStyle) -> [String] {
        let comparison = report.comparison
        let functions = comparison.functions
        var remarks: [String] = []
        func remark(_ chosen: [ProfileComparison.Function], _ one: String, _ many: String) {
            guard !chosen.isEmpty else { return }
            let names = chosen.prefix(namedLimit).map { name($0, report) }
            let rest = chosen.count > names.count ? " and \(chosen.count - names.count) more" : ""
            remarks.append("\(chosen.count == 1 ? one : many): \(names.joined(separator: "; "))\(rest)")
        }
        remark(
            functions.filter { function in
                function.isInlinedDifferently
                    && max(abs(function.total.before), abs(function.total.after))
                        >= comparison.options.minimumEffect * max(comparison.total.before, comparison.total.after)
            },
            "inlined in one build and not in the other, no change",
            "inlined in one build and not in the other, no changes")
        remark(
            functions.filter { $0.own.isDiluted && $0.direction == .none },
            "share differs only because others changed", "shares differ only because others changed")
        let least = Quantity.fixed(comparison.options.minimumEffect * 100, digits: 1)
        remark(
            functions.filter { ($0.own.isBelowMinimum || $0.total.isBelowMinimum) && $0.direction == .none },
            "changed, but by less than \(least)% of the total", "changed, but by less than \(least)% of the total")
        let noise = functions.filter { function in
            function.direction == .none && function.own.delta != 0 && !function.isInlinedDifferently
                && !function.own.isDiluted && !function.own.isBelowMinimum && !function.own.isSuspected
        }
        if comparison.hasFindings {
            remark(
                functions.filter { ($0.own.isSuspected || $0.total.isSuspected) && $0.direction == .none },
                "beyond sampling noise, but runs of one program may differ as much",
                "beyond sampling noise, but runs of one program may differ as much")
        }
        if comparison.hasFindings, !noise.isEmpty, comparison.detectableChange != nil {
            let quantity = DifferenceQuantity(comparison)
            let largest = quantity.delta(noise[0].own.delta) + (comparison.isShare ? " points" : "")
            remarks.append("\(noise.count) more differ by no more than noise (at most \(largest))")
        }
        let interrupts = comparison.stacks.interrupts
        if interrupts.before != 0 || interrupts.after != 0 {
            let shares = [
                Quantity.percent(interrupts.before, of: comparison.before.total),
                Quantity.percent(interrupts.after, of: comparison.after.total),
            ]
            remarks.append(
                "hardware interrupts, which hit whatever runs, are left out: \(shares[0]) of the total before, "
                    + "\(shares[1]) after")
        }
        guard !remarks.isEmpty else { return [] }
        var lines = ["", style.heading("No finding")]
        for text in remarks {
            lines += TextWrap.lines(text, width: report.layout.width, first: "  ", next: 4)
        }
        return lines
    }

    private static func name(_ function: ProfileComparison.Function, _ report: DifferenceReport) -> String {
        let full = function.frame.name.printable
        let name = report.layout.isVerbose ? full : ShortName.of(ReadableName.of(full), width: 48)
        let quantity = DifferenceQuantity(report.comparison)
        return "\(name) (\(quantity.value(function.own.before)) → \(quantity.value(function.own.after)))"
    }
}
