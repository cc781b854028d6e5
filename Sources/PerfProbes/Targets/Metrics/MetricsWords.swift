import PerfModel

/// Numbers in the sentences of findings about metrics.
enum MetricsWords {
    /// How many seconds one of what a metric counts is; nil for one that counts no time.
    static func seconds(of name: String) -> Double? {
        let endings: [(String, Double)] = [
            ("_seconds", 1), ("_milliseconds", 1e-3), ("_ms", 1e-3), ("_microseconds", 1e-6), ("_us", 1e-6),
        ]
        return endings.first { name.hasSuffix($0.0) }?.1
    }

    /// `"250 ms"` of a metric that counts time, the number of another one.
    static func text(_ value: Double, of name: String) -> String {
        guard let scale = seconds(of: name) else {
            return Quantity.fixed(value, digits: value == value.rounded() ? 0 : abs(value) < 10 ? 3 : 1)
        }
        guard abs(value * scale) < 9e9 else { return "\(value * scale) s" }
        return Quantity.text(Int64((value * scale * 1e9).rounded()), unit: "ns")
    }

    /// `"250 ms"`, `"> 10.0 s"`, `"?"`.
    static func text(_ quantile: HistogramCounts.Quantile, of name: String) -> String {
        switch quantile {
        case .value(let value): text(value, of: name)
        case .above(let bound): "> \(text(bound, of: name))"
        case .unknown: "?"
        }
    }

    static func count(_ count: Double) -> String { Quantity.grouped(Int64(max(0, min(count.rounded(), 9e18)))) }

    /// `"p95"` for 0.95.
    static func name(of quantile: Double) -> String { SLOExpression.Statistic.name(ofPercentile: quantile) }
}
