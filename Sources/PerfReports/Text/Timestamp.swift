import PerfModel

/// Instants for people.
enum Timestamp {
    /// `"2026-11-22 02:46:49 UTC"`.
    static func text(nanosecondsSince1970 nanoseconds: Int64) -> String {
        let parts = InternetTime.text(nanosecondsSince1970: nanoseconds).split(separator: "T")
        guard let date = parts.first, let clock = parts.last?.prefix(8) else { return "" }
        return "\(date) \(clock) UTC"
    }
}
