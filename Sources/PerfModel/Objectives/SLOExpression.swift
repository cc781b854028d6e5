/// A service level objective: `"p95 < 500ms"`, `"json/parse: cpu_time <= 20 ms"`, `"leaks == 0"`.
///
///     [BENCHMARK:] METRIC COMPARISON NUMBER [UNIT]
///
/// All before the last colon names the benchmarks that it is about: as they are listed, with or without their
/// parameters, or with `*` for any text; without it, it is about every benchmark that has the metric. METRIC is the name
/// of a metric, of which the median counts; `latency.p99`, `wall_time.max`: one of its statistics; or `p95` alone: of
/// the latency, else of the wall time. COMPARISON is `<`, `<=`, `>`, `>=`, `==` or `!=`.
package struct SLOExpression: Hashable, Sendable {
    package enum Comparator: String, CaseIterable, Sendable {
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="
        case unequal = "!="

        /// Whether a value meets a limit.
        ///
        /// Values that differ by rounding alone are equal: 99.9% and 999 of 1000 are the same number.
        package func holds(_ value: Double, _ limit: Double) -> Bool {
            let isEqual = abs(value - limit) <= 1e-12 * max(abs(value), abs(limit))
            return switch self {
            case .less: !isEqual && value < limit
            case .lessOrEqual: isEqual || value < limit
            case .greater: !isEqual && value > limit
            case .greaterOrEqual: isEqual || value > limit
            case .equal: isEqual
            case .unequal: !isEqual
            }
        }
    }

    /// Which number of a series counts.
    package enum Statistic: Hashable, Sendable {
        /// The median; of counts that are the same in every run the largest, should they differ.
        case typical
        /// In 0..<1.
        case percentile(Double)
        case median, mean, minimum, maximum

        /// `"p95"`, `"median"`; nil for ``typical``.
        package var name: String? {
            switch self {
            case .typical: nil
            case .percentile(let ratio): Self.name(ofPercentile: ratio)
            case .median: "median"
            case .mean: "mean"
            case .minimum: "min"
            case .maximum: "max"
            }
        }

        /// `"p99.9"` for 0.999, which is in 0..<1.
        package static func name(ofPercentile ratio: Double) -> String {
            let percent = (ratio * 1e8).rounded() / 1e6
            return percent == percent.rounded() && (0...100).contains(percent) ? "p\(Int(percent))" : "p\(percent)"
        }
    }

    /// A metric that expressions may name.
    package struct Metric: Hashable, Sendable {
        package var name: String
        /// `"ns"`, `"bytes"`, `"1/s"`, `"ratio"`, `"count"`.
        package var unit: String

        package init(name: String, unit: String) {
            self.name = name
            self.unit = unit
        }
    }

    /// As it was written, without blanks around it.
    package let text: String
    /// Which benchmarks; nil for every one.
    package let selector: String?
    /// Nil for a percentile alone: of the latency, else of the wall time.
    package let metric: String?
    package let statistic: Statistic
    package let comparator: Comparator
    /// In ``unit``.
    package let limit: Double
    /// Of the metric.
    package let unit: String

    /// Reads an expression.
    ///
    /// - Parameters:
    ///   - text: as the user wrote it.
    ///   - metrics: those that it may name.
    /// - Throws: what is wrong, with its position, and what was probably meant.
    package init(parsing text: String, metrics: [Metric]) throws(SLOExpressionError) {
        var parser = SLOParser(text, metrics: metrics)
        self = try parser.expression()
    }

    init(
        text: String, selector: String?, metric: String?, statistic: Statistic, comparator: Comparator, limit: Double,
        unit: String
    ) {
        self.text = text
        self.selector = selector
        self.metric = metric
        self.statistic = statistic
        self.comparator = comparator
        self.limit = limit
        self.unit = unit
    }

    /// What is compared, and with what, without the benchmark: `"p95 < 500ms"`.
    package var condition: String {
        guard selector != nil, let colon = text.lastIndex(of: ":") else { return text }
        return String(text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
    }

    /// Whether it is about a benchmark, by its name with parameters, its name alone, and its name without a suite.
    package func selects(_ names: [String]) -> Bool {
        guard let selector else { return true }
        return names.contains { Self.matches(Array(selector.unicodeScalars)[...], Array($0.unicodeScalars)[...]) }
    }

    /// Whether a text is like a pattern in which `*` is any text; linear for each `*`.
    private static func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var (p, t) = (pattern.startIndex, text.startIndex)
        var retry: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == "*" {
                retry = (p + 1, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (p, t) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
