import PerfModel

extension MetricSeries {
    /// A series of single observations, each of a run of its own, in the order in which they were measured.
    static func observed(
        _ id: ID, _ metric: String, _ unit: String, _ values: [Double], clock: String? = nil, warmup: Int = 0,
        innerIterations: Int = 1, polarity: Polarity? = nil
    ) -> MetricSeries {
        MetricSeries(
            id: id, metric: metric, unit: unit, polarity: polarity ?? usualPolarity(metric), kind: usualKind(metric),
            clock: clock, warmup: warmup, innerIterations: innerIterations,
            samples: values.enumerated().map { Sample(process: $0, order: $0, value: $1) })
    }

    /// A series of which only figures are known.
    static func figures(
        _ id: ID, _ metric: String, _ unit: String, _ summary: Summary, kind: Kind = .sampled, clock: String? = nil,
        innerIterations: Int = 1, polarity: Polarity? = nil
    ) -> MetricSeries {
        MetricSeries(
            id: id, metric: metric, unit: unit, polarity: polarity ?? usualPolarity(metric), kind: kind, clock: clock,
            innerIterations: innerIterations, summary: summary)
    }

    /// One figure of one run.
    static func figure(_ id: ID, _ metric: String, _ unit: String, _ value: Double) -> MetricSeries {
        figures(id, metric, unit, Summary(count: 1, mean: value, median: value))
    }

    private static func usualPolarity(_ metric: String) -> Polarity {
        Metric.named(metric)?.polarity ?? .lowerIsBetter
    }

    private static func usualKind(_ metric: String) -> Kind { Metric.named(metric)?.kind ?? .sampled }

    /// A foreign name as a metric's: lower case, digits and `_`; `"B/op"` becomes `"b_per_op"`.
    static func metricName(_ foreign: String) -> String {
        var name = ""
        for character in foreign.replacing("/", with: "_per_").lowercased() {
            let isKept = character.isASCII && (character.isLetter || character.isNumber)
            if isKept { name.append(character) } else if name.last != "_", !name.isEmpty { name.append("_") }
        }
        while name.last == "_" { name.removeLast() }
        // An objective's `p95` is a percentile.
        return name.isEmpty || name.first?.isNumber == true ? "metric_\(name)" : name
    }
}

extension [MetricSeries] {
    /// Gives benchmarks of one name, as a command that was run twice, a number as parameter.
    func numberingDuplicates() -> [MetricSeries] {
        var seen: [String: Int] = [:]
        return map { series in
            let key = "\(series.id.text)\u{0}\(series.metric)"
            seen[key, default: 0] += 1
            guard let number = seen[key], number > 1 else { return series }
            var series = series
            series.id.parameters["nr"] = "\(number)"
            return series
        }
    }
}
