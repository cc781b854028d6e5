import PerfBaselines
import PerfModel

/// What the forms of a gate's result say alike.
enum GateWords {
    /// `"12.3 ms"`; `"-"` for what is not known.
    static func value(_ value: Double?, unit: String) -> String {
        guard let value, value.isFinite else { return "-" }
        switch unit {
        case "ratio": return Quantity.fixed(value * 100, digits: 1) + "%"
        case "1/s": return "\(number(value))/s"
        case "count", "": return number(value)
        default: break
        }
        // Less than one of it still says something.
        if abs(value) < 100, value != value.rounded(), unit != "ns", unit != "bytes" {
            return "\(Quantity.fixed(value, digits: 2)) \(unit.printable)"
        }
        guard abs(value) < 9e18 else { return "\(value) \(unit.printable)" }
        return Quantity.text(Int64(value.rounded()), unit: unit)
    }

    /// `"12,345"`, `"0.012"`, `"12.3"`.
    private static func number(_ value: Double) -> String {
        if abs(value) >= 1000 || value == value.rounded() {
            return abs(value) < 9e18 ? Quantity.grouped(Int64(value.rounded())) : "\(value)"
        }
        return Quantity.fixed(value, digits: abs(value) >= 100 ? 1 : abs(value) >= 1 ? 2 : 4)
    }

    /// `"+5.2%"`; `"-"` for what is not known.
    static func change(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return "-" }
        let percent = (ratio - 1) * 100
        // "0.0%" of a change that is there would be a lie either way.
        if percent != 0, abs(percent) < 0.05 { return percent < 0 ? ">-0.1%" : "<+0.1%" }
        if abs(percent) >= 1000 { return "\(Quantity.fixed(ratio, digits: 1))x" }
        return (percent < 0 ? "" : "+") + Quantity.fixed(percent, digits: 1) + "%"
    }

    /// `"+4.1 … +6.3%"`.
    static func interval(_ interval: ClosedRange<Double>?) -> String {
        guard let interval else { return "-" }
        func side(_ ratio: Double) -> String {
            guard ratio.isFinite else { return ratio > 0 ? "∞" : "-∞" }
            let percent = (ratio - 1) * 100
            return (percent < 0 ? "" : "+") + Quantity.fixed(percent, digits: 1)
        }
        return "\(side(interval.lowerBound)) … \(side(interval.upperBound))%"
    }

    /// The change that the runs would have found: `"1.3%"`.
    static func detectable(_ ratio: Double?) -> String {
        guard let ratio, ratio.isFinite else { return "-" }
        return Quantity.fixed(abs(ratio - 1) * 100, digits: 1) + "%"
    }

    /// What a metric is called in a sentence: `"CPU time"`.
    static func name(ofMetric metric: String) -> String {
        switch metric {
        case "cpu_time": "CPU time"
        case "peak_rss": "peak RSS"
        case "off_cpu_ratio": "off-CPU share"
        default: metric.split(separator: "_").joined(separator: " ").printable
        }
    }

    /// In one word, as tables have it.
    static func verdict(_ comparison: GateResult.Comparison) -> String {
        switch comparison.verdict {
        case .pass where !comparison.isGated: "reported"
        // Nothing else that passes is about being there.
        case .pass where comparison.channel == .presence: "unchanged"
        case .pass: comparison.isImproved ? "improved" : "pass"
        case .fail: comparison.isGated ? "FAIL" : "worse"
        case .inconclusive: comparison.isGated ? "inconclusive" : "reported"
        case .invalid: "invalid"
        }
    }

    /// Whether a reader wants to know why: it did not pass, or it was not measured.
    static func isExplained(_ comparison: GateResult.Comparison) -> Bool {
        (comparison.verdict != .pass && comparison.isGated || comparison.channel == .presence)
            && !comparison.reason.isEmpty
    }

    /// The worst first, and what decides before what is only reported.
    static func ordered(_ comparisons: [GateResult.Comparison]) -> [GateResult.Comparison] {
        func rank(_ comparison: GateResult.Comparison) -> Int {
            let verdict =
                switch comparison.verdict {
                case .fail: 0
                case .invalid: 1
                case .inconclusive: 2
                case .pass: comparison.isImproved ? 3 : 4
                }
            return verdict + (comparison.isGated ? 0 : 10)
        }
        return comparisons.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    /// A part of the cause: `"+4.8%  JSONParser.parse (json.swift:12)"` without the number.
    static func place(of part: GateResult.Cause.Part) -> String {
        guard let file = part.file else { return part.name.printable }
        return "\(part.name.printable) (\(file.printable)\(part.line.map { ":\($0)" } ?? ""))"
    }

    /// `"+4.8%"` of base's whole.
    static func delta(of part: GateResult.Cause.Part) -> String { change(1 + part.deltaRatio) }

    static func counter(_ counter: GateResult.Cause.Counter) -> String {
        let change = counter.baseline > 0 ? " (\(change(counter.head / counter.baseline)))" : ""
        return "\(name(ofMetric: counter.name)): \(value(counter.baseline, unit: counter.unit)) → "
            + "\(value(counter.head, unit: counter.unit))\(change)"
    }
}
