/// A unit of a number in an objective, or in a foreign report.
package struct SLOUnit: Hashable, Sendable {
    /// `"ns"`, `"bytes"`, `"1/s"`, `"ratio"`: what it is converted to.
    package let base: String
    /// The decimal factor, as an exponent of ten.
    package let exponent: Int
    /// The rest of the factor: a power of 1024, or 60.
    package let factor: Double

    /// Ten to the ``exponent``.
    package var power: Double { Double("1e\(exponent)") ?? 1 }

    /// All that a number is multiplied with.
    package var scale: Double { power * factor }

    private init(_ base: String, _ exponent: Int, _ factor: Double = 1) {
        self.base = base
        self.exponent = exponent
        self.factor = factor
    }

    private static let plain: [String: SLOUnit] = [
        "ns": SLOUnit("ns", 0), "us": SLOUnit("ns", 3), "µs": SLOUnit("ns", 3), "μs": SLOUnit("ns", 3),
        "ms": SLOUnit("ns", 6), "s": SLOUnit("ns", 9), "sec": SLOUnit("ns", 9), "min": SLOUnit("ns", 9, 60),
        "h": SLOUnit("ns", 9, 3600),
        "B": SLOUnit("bytes", 0), "bytes": SLOUnit("bytes", 0), "kB": SLOUnit("bytes", 3), "KB": SLOUnit("bytes", 3),
        "MB": SLOUnit("bytes", 6), "GB": SLOUnit("bytes", 9), "TB": SLOUnit("bytes", 12),
        "KiB": SLOUnit("bytes", 0, 1024), "MiB": SLOUnit("bytes", 0, 1_048_576),
        "GiB": SLOUnit("bytes", 0, 1_073_741_824), "TiB": SLOUnit("bytes", 0, 1_099_511_627_776),
        "%": SLOUnit("ratio", -2), "percent": SLOUnit("ratio", -2),
    ]

    /// Reads a unit; nil for what is none.
    ///
    /// - Parameter text: `"ms"`, `"MiB"`, `"%"`, `"/s"`, `"req/min"`, `"MiB/s"`.
    package init?(_ text: String) {
        if let unit = Self.plain[text] {
            self = unit
            return
        }
        guard let slash = text.lastIndex(of: "/") else {
            guard text == "rps" || text == "qps" else { return nil }
            self.init("1/s", 0)
            return
        }
        let what = String(text[..<slash])
        let per: Double
        switch text[text.index(after: slash)...] {
        case "s", "sec", "second": per = 1
        case "min", "minute": per = 60
        case "h", "hour": per = 3600
        default: return nil
        }
        // Bytes a second keep their factor; whatever else is counted is one each.
        if let bytes = Self.plain[what], bytes.base == "bytes" {
            self.init("1/s", bytes.exponent, bytes.factor / per)
            return
        }
        guard what.isEmpty || what == "1" || what.allSatisfy({ $0.isLetter || $0 == "_" }) else { return nil }
        self.init("1/s", 0, 1 / per)
    }
}
