/// Numbers in sentences about sizes.
enum Figure {
    /// Three significant digits at least, thousands separated, no zeros at the end: `"9.45"`, `"0.18"`, `"1,200"`.
    ///
    /// - Parameter value: finite.
    /// - Returns: the text.
    static func text(_ value: Double) -> String {
        let magnitude = abs(value)
        guard magnitude < 1e18 else { return "\(value)" }
        var digits = 0
        var scale = 1.0
        // 12 digits behind the point: a picosecond is less than anything that is measured.
        while digits < 12, magnitude * scale < 100, magnitude * scale != (magnitude * scale).rounded() {
            scale *= 10
            digits += 1
        }
        let scaled = UInt64((magnitude * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: UInt64(scale))
        guard fraction > 0 else { return sign + grouped(whole) }
        let behind = String(fraction)
        let zeros = String(repeating: "0", count: digits - behind.utf8.count)
        var text = zeros + behind
        while text.hasSuffix("0") { text.removeLast() }
        return "\(sign)\(grouped(whole)).\(text)"
    }

    /// As a configuration file has it: without separators.
    static func plain(_ value: Double) -> String { text(value).filter { $0 != "," } }

    /// `"4 CPUs"`, `"1 CPU"`.
    static func counted(_ value: Double, _ noun: String) -> String {
        "\(text(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// `"85%"`.
    static func percent(_ ratio: Double) -> String {
        "\(text((ratio * 1000).rounded() / 10))%"
    }

    private static func grouped(_ value: UInt64) -> String {
        let digits = String(value)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result
    }
}
