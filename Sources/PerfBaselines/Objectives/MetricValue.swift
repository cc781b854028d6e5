import PerfModel

/// Values of metrics for people.
package enum MetricValue {
    /// `"1.23 ms"`, `"3.21 MiB"`, `"99.9%"`, `"1,234/s"`, `"12,345"`.
    package static func text(_ value: Double, unit: String) -> String {
        guard value.isFinite else { return "\(value)" }
        switch unit {
        case "ns" where abs(value) < 100 && value != value.rounded(): return significant(value) + " ns"
        case "ns", "bytes":
            guard abs(value) < 9e18 else { return "\(value) \(unit)" }
            return Quantity.text(Int64(value.rounded()), unit: unit)
        case "ratio": return significant(value * 100) + "%"
        case "1/s": return significant(value) + "/s"
        case "count", "": return significant(value)
        default: return "\(significant(value)) \(unit.printable)"
        }
    }

    /// Up to four significant digits, without zeros at the end; whole numbers in full.
    private static func significant(_ value: Double) -> String {
        let magnitude = abs(value)
        guard magnitude < 9e15 else { return "\(value)" }
        if value == value.rounded() { return Quantity.grouped(Int64(value)) }
        var digits = 3
        var bound = 10.0
        while digits > 0, magnitude >= bound {
            digits -= 1
            bound *= 10
        }
        while digits < 12, magnitude > 0, magnitude * tenTo(digits) < 100 { digits += 1 }
        var text = Quantity.fixed(value, digits: digits)
        guard text.contains(".") else { return Quantity.grouped(Int64(value.rounded())) }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func tenTo(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<exponent { value *= 10 }
        return value
    }
}
