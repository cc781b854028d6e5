/// What a target tells of a key metric now.
package struct KeyReading: Hashable, Sendable {
    package enum Bound: String, Hashable, Sendable {
        case exact
        /// It is more, and nobody knows how much.
        case above
        /// It is no more.
        case atMost = "at_most"
    }

    /// A number beside the value, in the unit of the metric.
    package struct Figure: Hashable, Sendable {
        /// `"p50"`, `"max"`.
        package var name: String
        package var value: Double
        package var bound: Bound

        package init(_ name: String, _ value: Double, _ bound: Bound = .exact) {
            self.name = name
            self.value = value
            self.bound = bound
        }

        /// Of what a histogram tells; nil for nothing.
        init?(_ name: String, _ quantile: HistogramCounts.Quantile) {
            switch quantile {
            case .value(let value): self.init(name, value)
            case .above(let value): self.init(name, value, .above)
            case .unknown: return nil
            }
        }

        package func text(of metric: KeyMetric) -> String {
            let sign =
                switch bound {
                case .exact: ""
                case .above: "> "
                case .atMost: "≤ "
                }
            return "\(name) \(sign)\(metric.text(value))"
        }
    }

    /// What is compared with the limits.
    package var main: Figure
    package var others: [Figure]
    /// What it is of, for people: `"http_request_duration_seconds"`; empty where that is clear.
    package var note: String

    package init(_ main: Figure, _ others: [Figure] = [], note: String = "") {
        self.main = main
        self.others = others
        self.note = note
    }
}
