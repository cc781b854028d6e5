/// Numbers as people read them: three significant digits and a unit that fits.
package enum Quantity {
    /// `"1.23 s"`, `"45.0 ms"`, `"3.21 MiB"`, `"12,345"`.
    package static func text(_ value: Int64, unit: String) -> String {
        switch unit {
        case "nanoseconds", "ns": duration(nanoseconds: Double(value))
        case "microseconds", "us", "µs": duration(nanoseconds: Double(value) * 1e3)
        case "milliseconds", "ms": duration(nanoseconds: Double(value) * 1e6)
        case "seconds", "s": duration(nanoseconds: Double(value) * 1e9)
        case "bytes", "byte", "B": bytes(Double(value))
        case "count", "": grouped(value)
        default: "\(grouped(value)) \(unit.printable)"
        }
    }

    /// `"69.8%"`; a share that is not zero but rounds to it is `"<0.1%"`.
    package static func percent(_ part: Int64, of whole: Int64) -> String {
        guard whole != 0 else { return part == 0 ? "0.0%" : "-" }
        let ratio = Double(part) / Double(whole)
        if part != 0, abs(ratio) < 0.000_5 { return ratio < 0 ? ">-0.1%" : "<0.1%" }
        // What is not all must not read as all.
        if ratio < 1, ratio >= 0.999_5 { return ">99.9%" }
        return fixed(ratio * 100, digits: 1) + "%"
    }

    /// Percentage points of an error: `"1.2"`; what rounds to nothing is `"<0.1"`.
    package static func points(_ points: Double) -> String {
        points > 0 && points < 0.05 ? "<0.1" : fixed(points, digits: 1)
    }

    /// `"1 sample"`, `"1,000 samples"`.
    package static func counted(_ count: Int64, _ noun: String) -> String {
        "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// With thousands separated: `"12,345"`.
    package static func grouped(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return value < 0 ? "-" + result : result
    }

    /// A decimal number with `digits` digits behind the point, rounded half away from zero.
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
        let padded = String(fraction)
        return sign + String(whole) + "." + String(repeating: "0", count: digits - padded.count) + padded
    }

    private static func duration(nanoseconds: Double) -> String {
        let magnitude = abs(nanoseconds)
        if magnitude == 0 { return "0 s" }
        if magnitude >= 3600e9 { return significant(nanoseconds / 3600e9) + " h" }
        // Seconds stay seconds up to ten minutes: recordings of a minute are the rule and compare well.
        if magnitude >= 600e9 { return significant(nanoseconds / 60e9) + " min" }
        if magnitude >= 0.999_5e9 { return significant(nanoseconds / 1e9) + " s" }
        if magnitude >= 0.999_5e6 { return significant(nanoseconds / 1e6) + " ms" }
        if magnitude >= 0.999_5e3 { return significant(nanoseconds / 1e3) + " µs" }
        return significant(nanoseconds) + " ns"
    }

    private static func bytes(_ count: Double) -> String {
        var scaled = count
        for unit in ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] {
            if abs(scaled) < 1023.5 || unit == "PiB" {
                return (unit == "B" ? fixed(scaled, digits: 0) : significant(scaled)) + " " + unit
            }
            scaled /= 1024
        }
        return "\(count) B"
    }

    private static func significant(_ value: Double) -> String {
        let magnitude = abs(value)
        let digits = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2
        // A whole number of nanoseconds has no digits behind the point.
        return value == value.rounded() && magnitude < 1000 && digits == 2 && magnitude < 1
            ? fixed(value, digits: 0) : fixed(value, digits: digits)
    }
}
