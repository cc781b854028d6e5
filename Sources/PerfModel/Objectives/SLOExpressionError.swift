/// An objective that cannot be read.
package struct SLOExpressionError: UserFacingError, Hashable {
    package enum Reason: Hashable, Sendable {
        case empty
        case noMetric
        case unknownMetric(String, known: [String])
        case wrongPercentile(String)
        case noComparator
        case wrongComparator(String)
        case noNumber
        case wrongNumber(String)
        case unknownUnit(String, metric: String, expected: String)
        case noUnit(metric: String, expected: String)
        case wrongUnit(String, metric: String, expected: String)
    }

    package var text: String
    /// Column, from 1.
    package var column: Int
    package var reason: Reason

    package init(text: String, column: Int, reason: Reason) {
        self.text = text
        self.column = column
        self.reason = reason
    }

    package var summary: String {
        let what =
            switch reason {
            case .empty: "there is nothing"
            case .noMetric: "a metric is missing"
            case .unknownMetric(let name, _): "there is no metric '\(name)'"
            case .wrongPercentile(let name): "'\(name)' is no percentile between 0 and 100"
            case .noComparator: "a comparison is missing"
            case .wrongComparator(let text): "'\(text)' is no comparison"
            case .noNumber: "a number is missing"
            case .wrongNumber(let text): "'\(text)' is no number"
            case .unknownUnit(let unit, _, _): "there is no unit '\(unit)'"
            case .noUnit(let metric, let expected): "\(metric) is \(Self.kind(expected)), and the number has no unit"
            case .wrongUnit(let unit, let metric, let expected):
                "\(metric) is \(Self.kind(expected)), and '\(unit)' is no unit of it"
            }
        return "cannot read the objective '\(text.printable)': column \(column): \(what.printable)"
    }

    package var remedy: String? {
        switch reason {
        case .empty, .noMetric: "write one: 'p95 < 500ms', 'throughput >= 1000/s', 'json/parse: cpu_time < 20ms'"
        case .unknownMetric(let name, let known):
            NearestName.of(name, among: known).map { "did you mean '\($0)'?" }
                ?? "known: p50, p95, p99, \(known.joined(separator: ", "))"
        case .wrongPercentile: "write p50, p95, p99 or p99.9; max is the largest"
        case .noComparator, .wrongComparator: "use one of <, <=, >, >=, == and !="
        case .noNumber, .wrongNumber: "write a decimal number and its unit: 500ms"
        case .unknownUnit(_, _, let expected), .noUnit(_, let expected), .wrongUnit(_, _, let expected):
            "write \(Self.example(expected))"
        }
    }

    package var exitCode: ExitCode { .usage }

    private static func kind(_ unit: String) -> String {
        switch unit {
        case "ns": "a time"
        case "bytes": "an amount of memory"
        case "1/s": "a rate"
        case "ratio": "a ratio"
        default: "a count"
        }
    }

    private static func example(_ unit: String) -> String {
        switch unit {
        case "ns": "a time in ns, us, ms, s, min or h: 500ms"
        case "bytes": "bytes in B, kB, MB, GB, KiB, MiB or GiB: 512MiB"
        case "1/s": "a rate: 1000/s, 600/min, 20MiB/s"
        case "ratio": "a percentage, or a ratio from 0 to 1: 99.9%, 0.999"
        default: "a number without a unit: 0"
        }
    }
}
