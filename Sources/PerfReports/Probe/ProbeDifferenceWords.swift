import PerfModel
import PerfProbes

/// What all forms of a comparison of probes say alike.
enum ProbeDifferenceWords {
    /// `"changed"`, `"unchanged"`, `"incomparable"`.
    static func verdict(_ comparison: ProbeComparison) -> String {
        comparison.hasChanges ? "changed" : comparison.isComparable ? "unchanged" : "incomparable"
    }

    /// Without a full stop.
    static func headline(_ comparison: ProbeComparison) -> String {
        let targets = comparison.targets
        guard !targets.isEmpty else { return "nothing to compare: the two probes have no target in common" }
        let changed = targets.filter(\.hasChanged)
        if let first = changed.first {
            let more = changed.count > 1 ? "; \(changed.count - 1) more changed" : ""
            return "\(name(first)) \(change(first))\(more)"
        }
        guard comparison.isComparable else {
            return "nothing could be compared: \(targets.compactMap(\.incomparable).first ?? "no reason is known")"
        }
        let compared = targets.count { $0.incomparable == nil }
        let whole = compared == targets.count ? "" : " in \(compared) of \(targets.count) targets"
        return "no change beyond chance\(whole)\(detectable(targets))"
    }

    /// What would have been found, of the medians.
    private static func detectable(_ targets: [ProbeComparison.Target]) -> String {
        let widths = targets.compactMap { target in
            target.quantiles.first { $0.ratio == 0.5 }?.changeInterval.map {
                max($0.upperBound, 1 / max($0.lowerBound, 1e-9))
            }
        }
        guard let widest = widths.max(), widest.isFinite, widest < 100 else { return "" }
        return ": medians are the same within \(Quantity.fixed((widest - 1) * 100, digits: 0))%"
    }

    static func name(_ target: ProbeComparison.Target) -> String {
        let url = target.after.url
        guard let address = target.after.address, !url.contains(address) else { return url }
        return "\(url) at \(address)"
    }

    /// `"is slower: p99 0.4 ms before, 120 ms after"`.
    static func change(_ target: ProbeComparison.Target) -> String {
        if target.stopped { return "does not answer any more: \(target.after.error ?? "no reason is known")" }
        if target.started { return "answers again: \(target.before.error ?? "no reason is known") before" }
        let changed = target.quantiles.filter { $0.direction != .none }
        var parts: [String] = []
        if let largest = changed.max(by: { size($0) < size($1) }) {
            let directions = Set(changed.map(\.direction))
            let word = directions.count > 1 ? "has changed both ways" : "is \(largest.direction.rawValue)"
            parts.append(
                "\(word): \(name(largest)) \(time(largest.before)) before, \(time(largest.after)) after "
                    + "(\(factor(largest.change)))")
        }
        if let loss = target.loss, loss.isSignificant {
            parts.append(
                "\(loss.after > loss.before ? "loses more" : "loses less"): \(percent(loss.before)) before, "
                    + "\(percent(loss.after)) after")
        }
        for (kind, one, many) in [
            (ProbeComparison.CheckChange.Kind.appeared, "has a new finding", "has new findings"),
            (.worse, "has a worse finding", "has worse findings"), (.gone, "is rid of a finding", "is rid of findings"),
            (.better, "has a milder finding", "has milder findings"),
        ] {
            let ids = target.checks?.filter { $0.kind == kind }.map(\.id) ?? []
            if !ids.isEmpty { parts.append("\(ids.count == 1 ? one : many): \(ids.joined(separator: ", "))") }
        }
        return parts.joined(separator: "; ")
    }

    private static func size(_ quantile: ProbeComparison.Quantile) -> Double {
        max(quantile.change, 1 / max(quantile.change, 1e-9))
    }

    /// `"p99.9"`.
    static func name(_ quantile: ProbeComparison.Quantile) -> String {
        "p\(Quantity.fixed(quantile.ratio * 100, digits: quantile.ratio > 0.99 ? 1 : 0))"
    }

    static func time(_ nanoseconds: Double) -> String { Quantity.text(Int64(min(nanoseconds, 9e18)), unit: "ns") }

    static func percent(_ ratio: Double) -> String { Quantity.fixed(ratio * 100, digits: 1) + "%" }

    /// `"×2.1"`, `"+12%"`, `"-40%"`.
    static func factor(_ ratio: Double) -> String {
        guard ratio.isFinite else { return "?" }
        if ratio >= 2 { return "×\(Quantity.fixed(ratio, digits: ratio >= 10 ? 0 : 1))" }
        return "\(ratio >= 1 ? "+" : "")\(Quantity.fixed((ratio - 1) * 100, digits: 0))%"
    }

    /// What the result has to be read with.
    static func doubts(_ comparison: ProbeComparison) -> [Warning] {
        var doubts: [Warning] = []
        let (before, after) = (comparison.before, comparison.after)
        if let first = before.rate, let second = after.rate, first != second {
            doubts.append(
                Warning(
                    code: "other_rate",
                    message: "asked at \(first) questions a second before and \(second) after: latencies depend on it",
                    remedy: "probe both times with the same --rate"))
        }
        if let first = before.host, let second = after.host, first != second {
            doubts.append(
                Warning(
                    code: "other_host",
                    message: "asked from \(first) before and from \(second) after: the way to the target differs",
                    remedy: "probe from the same host"))
        }
        for target in comparison.targets where target.before.address != target.after.address {
            doubts.append(
                Warning(
                    code: "other_address",
                    message: "\(target.after.url) was \(target.before.address ?? "unknown") before and is "
                        + "\(target.after.address ?? "unknown") now",
                    remedy: "name the address itself to compare one server with itself"))
        }
        if !comparison.targets.isEmpty {
            doubts.append(
                Warning(
                    code: "single_probes",
                    message:
                        "intervals are of chance within each probe; how much one server differs from hour to hour, "
                        + "two probes cannot show",
                    remedy: "repeat both by turns before you act on a small change"))
        }
        return doubts
    }
}
