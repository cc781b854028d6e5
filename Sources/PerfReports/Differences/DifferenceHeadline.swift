import PerfModel
import PerfProfiles

/// The answer in one sentence.
enum DifferenceHeadline {
    /// Without a full stop.
    static func sentence(of report: DifferenceReport) -> String {
        let comparison = report.comparison
        for (side, name) in [(report.before, "before"), (report.after, "after")] where side.view.magnitude == 0 {
            let reason = side.filter.isEmpty ? "has no samples" : "has no samples that pass the filter"
            return "nothing to compare: the profile \(name) \(reason)"
        }
        guard comparison.hasFindings else { return suspicion(of: report) ?? unchanged(report) }
        let quantity = DifferenceQuantity(comparison)
        let noun = Verdict.noun(comparison.sampleType)
        let bare = noun.hasPrefix("the ") ? String(noun.dropFirst(4)) : noun
        if comparison.total.isSignificant {
            let size = "\(DifferenceQuantity.relativeWithMargin(comparison.total)) \(bare)\(quantity.per)"
            guard let cause = comparison.cause, let share = cause.shareOfChange, share >= 0.05 else {
                return size + ": spread over many functions, none of which has a large part of it"
            }
            if cause.isWholeProgram(comparison) {
                return size + ": all over the program, as a faster or slower machine does it, too"
            }
            return "\(size): \(part(share)) in \(name(cause.function, report))\(caller(cause, report))"
        }
        guard let cause = comparison.cause else { return "functions have changed, none of them alone" }
        var text = own(cause, report: report, noun: noun)
        if !comparison.isShare {
            text =
                "\(bare)\(quantity.per) is the same within noise"
                + " (\(DifferenceQuantity.relativeWithMargin(comparison.total))), but " + text
        }
        return text
    }

    /// What is beyond sampling noise, but not beyond doubt; nil when there is nothing.
    private static func suspicion(of report: DifferenceReport) -> String? {
        let comparison = report.comparison
        guard comparison.hasSuspicions else { return nil }
        let noun = Verdict.noun(comparison.sampleType)
        var text = "something differs"
        if let cause = comparison.suspectedCause, !cause.isWholeProgram(comparison) {
            text = own(cause, report: report, noun: noun)
        } else if comparison.total.isSuspected {
            let size = DifferenceQuantity.relativeWithMargin(comparison.total)
            text = "\(noun)\(DifferenceQuantity(comparison).per) differs by \(size)"
        }
        return "no certain change from one recording of each: \(text), and runs of one program may differ as much"
    }

    private static func unchanged(_ report: DifferenceReport) -> String {
        let comparison = report.comparison
        if report.isCounted {
            let isEqual = comparison.before.total == comparison.after.total
            let least = Quantity.fixed(comparison.options.minimumEffect * 100, digits: 1)
            return "no change" + (isEqual ? ": the totals are equal" : " of \(least)% of the total or more")
        }
        guard let detectable = comparison.detectableChange else {
            let least = Quantity.fixed(comparison.options.minimumEffect * 100, digits: 1)
            return
                "no change of \(least)% of the total or more; without a number of samples, smaller ones may be chance"
        }
        let size = Quantity.fixed(detectable * 100, digits: 1)
        let whole = comparison.isShare ? " of the total" : ""
        let isSingle = comparison.before.recordings == 1 && comparison.after.recordings == 1
        let seen = isSingle ? "one recording of each would have shown" : "would have been seen"
        return "no change beyond noise: the smallest change that \(seen) is \(size)%\(whole)"
    }

    /// `"81% of it"`.
    private static func part(_ share: Double) -> String {
        share >= 0.995 ? "all of it" : Quantity.fixed(share * 100, digits: 0) + "% of it"
    }

    /// `"decode takes 42.0% of the CPU time instead of 30.1% (+11.9 points ±1.2), called from parse"`.
    private static func own(_ cause: ComparisonCause, report: DifferenceReport, noun: String) -> String {
        let comparison = report.comparison
        let quantity = DifferenceQuantity(comparison)
        let function = comparison.functions.first { $0.index == cause.function }
        let change = cause.isOwn ? function?.own ?? cause.change : cause.change
        let of = comparison.isShare ? " of \(noun)" : quantity.per
        let margin = quantity.margin(change).map { " ±\($0)" } ?? ""
        let points = comparison.isShare ? " points" : ""
        let scope = cause.isOwn ? "" : " with what it calls"
        let name = name(cause.function, report)
        let callers = caller(cause, report)
        if cause.change.after == 0 {
            return "\(name) is gone: it took \(quantity.value(change.before))\(of)\(callers)"
        }
        if cause.change.before == 0 {
            return "\(name) is new and takes \(quantity.value(change.after))\(of)\(scope)\(callers)"
        }
        return "\(name) takes \(quantity.value(change.after))\(of)\(scope) instead of \(quantity.value(change.before))"
            + " (\(quantity.delta(change.delta))\(points)\(margin))\(callers)"
    }

    private static func caller(_ cause: ComparisonCause, _ report: DifferenceReport) -> String {
        guard let caller = cause.path.dropLast().last(where: { $0 != cause.function }) else { return "" }
        return ", called from \(name(caller, report))"
    }

    private static func name(_ function: Int, _ report: DifferenceReport) -> String {
        let name = report.comparison.stacks.functions[function].name.printable
        guard !report.layout.isVerbose else { return name }
        // In a sentence the name alone reads best: "Handler.parse" for "Handler.parse(_: [UInt8]) throws -> Value".
        let readable = ReadableName.of(name)
        let own = ComparableName.of(readable).prefix { $0 != "(" }
        guard !own.isEmpty, own.utf8.count < readable.utf8.count, !own.contains(" "), !own.hasSuffix("operator"),
            own.last != "."
        else { return ShortName.of(readable, width: 64) }
        return ShortName.of(String(own), width: 64)
    }
}

extension ComparisonCause {
    /// Whether it is a function that calls nearly everything, so that it says nothing about where the change is.
    fileprivate func isWholeProgram(_ comparison: ProfileComparison) -> Bool {
        !isOwn && change.before > comparison.total.before * 0.9
    }
}
