import PerfModel
import PerfProfiles

/// Normalised values as people read them.
struct DifferenceQuantity: Sendable {
    private let normalization: Normalization
    private let unit: String

    init(_ comparison: ProfileComparison) {
        normalization = comparison.options.normalization
        unit = comparison.sampleType.unit
    }

    /// `"42.0%"`, `"1.23 ms"`.
    func value(_ value: Double) -> String {
        switch normalization {
        case .total: percent(value)
        case .duration, .operations: amount(value)
        }
    }

    /// With its sign: `"+11.9"` points, `"-1.23 ms"`.
    func delta(_ value: Double) -> String {
        let text = normalization == .total ? Quantity.fixed(abs(value) * 100, digits: 1) : amount(abs(value))
        return (value < 0 ? "-" : "+") + text
    }

    /// The larger distance from the difference to an end of its interval, without a sign.
    func margin(_ change: ComparedChange) -> String? {
        guard let interval = change.interval else { return nil }
        let distance = max(change.delta - interval.lowerBound, interval.upperBound - change.delta)
        guard distance.isFinite else { return nil }
        return normalization == .total ? Quantity.fixed(distance * 100, digits: 1) : amount(distance)
    }

    /// The relative change: `"+38.0%"`, `"×12"`, `"new"`, `"gone"`.
    static func relative(_ change: ComparedChange) -> String {
        guard let ratio = change.ratio else { return change.after > 0 ? "new" : "" }
        guard change.after > 0 else { return "gone" }
        if ratio >= 10 { return "×" + Quantity.fixed(ratio, digits: ratio < 100 ? 1 : 0) }
        return (ratio < 1 ? "-" : "+") + Quantity.fixed(abs(ratio - 1) * 100, digits: 1) + "%"
    }

    /// `"+38% ±3"`: of the whole.
    static func relativeWithMargin(_ change: ComparedChange) -> String {
        guard let ratio = change.ratio else { return relative(change) }
        let size = abs(ratio - 1) * 100
        let digits = size < 9.95 ? 1 : 0
        var text = (ratio < 1 ? "-" : "+") + Quantity.fixed(size, digits: digits) + "%"
        if let interval = change.ratioInterval {
            let distance = max(ratio - interval.lowerBound, interval.upperBound - ratio) * 100
            if distance.isFinite { text += " ±" + Quantity.fixed(distance, digits: digits) }
        }
        return text
    }

    /// `""`, `" per second"`, `" per operation"`.
    var per: String {
        switch normalization {
        case .total: ""
        case .duration: " per second"
        case .operations(1, 1): " per run"
        case .operations: " per operation"
        }
    }

    private func percent(_ ratio: Double) -> String {
        if ratio != 0, abs(ratio) < 0.000_5 { return ratio < 0 ? ">-0.1%" : "<0.1%" }
        return Quantity.fixed(ratio * 100, digits: 1) + "%"
    }

    private func amount(_ value: Double) -> String {
        // A fraction of a sample or of a byte still says something.
        if abs(value) < 100, value != 0, unit == "count" || unit.isEmpty {
            return Quantity.fixed(value, digits: abs(value) < 1 ? 3 : 1)
        }
        guard value.isFinite, abs(value) < 9e18 else { return "\(value)" }
        return Quantity.text(Int64(value.rounded()), unit: unit)
    }
}
