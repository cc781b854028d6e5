import PerfModel

/// Names and values that tell the series of a metric apart, in the order of the names.
package struct MetricLabels: Hashable, Sendable {
    package struct Label: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var labels: [Label]

    package init(_ labels: [Label] = []) {
        self.labels = labels.sorted { $0.name < $1.name }
    }

    package subscript(name: String) -> String? { labels.first { $0.name == name }?.value }

    package func without(_ name: String) -> MetricLabels {
        var rest = self
        rest.labels.removeAll { $0.name == name }
        return rest
    }

    /// Those of some names.
    package func only(where isWanted: (String) -> Bool) -> MetricLabels {
        var rest = self
        rest.labels.removeAll { !isWanted($0.name) }
        return rest
    }

    /// For people: `{method="GET", endpoint="/jobs"}`; empty where there is none.
    package var text: String {
        guard !labels.isEmpty else { return "" }
        let shown = labels.map { label in
            "\(label.name)=\"\(label.value.count > 60 ? label.value.prefix(59) + "…" : label.value)\""
        }
        return "{\(shown.joined(separator: ", "))}".printable
    }
}
