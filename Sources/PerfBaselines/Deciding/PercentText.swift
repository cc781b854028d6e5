import Glibc

/// Ratios for sentences.
enum PercentText {
    /// `"1%"`, `"0.5%"`, `"12.3%"`: up to three digits.
    static func of(_ ratio: Double) -> String {
        guard ratio.isFinite, abs(ratio) < 1e9 else { return "\(ratio)" }
        let digits = abs(ratio) < 0.1 ? 100.0 : 10.0
        let percent = (ratio * 100 * digits).rounded() / digits
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
