import PerfModel

/// Numbers and sessions in the sentences of findings about PostgreSQL.
enum PostgreSQLWords {
    /// `"1.23 ms"`, `"5 min 12 s"`.
    static func duration(seconds: Double) -> String {
        Quantity.text(Int64(min(max(0, seconds), 9e9) * 1e9), unit: "nanoseconds")
    }

    /// `"12%"`; below 10 with a digit behind the point.
    static func percent(_ ratio: Double) -> String {
        Quantity.fixed(ratio * 100, digits: ratio >= 0.0995 || ratio == 0 ? 0 : 1) + "%"
    }

    /// `"pid 4711 (web)"`.
    static func name(_ session: PostgreSQLSession) -> String {
        let application = session.application.map { $0.isEmpty ? "" : " (\($0.printable))" } ?? ""
        return "pid \(session.pid)\(application)"
    }
}
