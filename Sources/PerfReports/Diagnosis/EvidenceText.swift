import PerfModel

/// Measured numbers as people read them.
enum EvidenceText {
    /// `"io some 45.2%"`.
    static func text(_ evidence: Evidence) -> String { "\(name(evidence)) \(value(evidence.value, evidence.unit))" }

    /// The name in words, without its unit.
    static func name(_ evidence: Evidence) -> String {
        var name = evidence.name
        for suffix in ["_ratio", "_bytes", "_milliseconds", "_seconds", "_per_second", "_count"]
        where name.hasSuffix(suffix) && name.count > suffix.count {
            name.removeLast(suffix.count)
        }
        return name.split(separator: "_").joined(separator: " ").printable
    }

    static func value(_ value: Double, _ unit: String) -> String {
        let whole = Int64(max(-1e18, min(value.isNaN ? 0 : value, 1e18)))
        return switch unit {
        case "ratio": Quantity.fixed(value * 100, digits: 1) + "%"
        case "bytes": Quantity.text(whole, unit: "bytes")
        case "bytes_per_second": Quantity.text(whole, unit: "bytes") + "/s"
        case "milliseconds": Quantity.text(Int64(max(-1e12, min(value, 1e12)) * 1e6), unit: "ns")
        case "seconds": Quantity.text(Int64(max(-1e9, min(value, 1e9)) * 1e9), unit: "ns")
        case "per_second": number(value) + "/s"
        case "cpus": number(value) + (value == 1 ? " CPU" : " CPUs")
        default: number(value)
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() || abs(value) >= 100
            ? Quantity.grouped(Int64(max(-1e18, min(value, 1e18)).rounded()))
            : Quantity.fixed(value, digits: abs(value) >= 10 ? 1 : 2)
    }
}
