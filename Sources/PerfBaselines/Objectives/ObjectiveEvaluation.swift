import PerfModel

/// An objective with what a result says about it.
package struct ObjectiveEvaluation: Hashable, Sendable {
    package var expression: SLOExpression
    /// One for each benchmark that it is about, and one where there is none: then nothing is known.
    package var comparisons: [GateResult.Comparison]
    /// Nil where the result does not say: neither met nor violated.
    package var isMet: Bool?

    /// As a result stores it.
    package var objective: BenchmarkResult.Objective {
        BenchmarkResult.Objective(expression: expression.text, isMet: isMet)
    }

    /// Compares a result with an objective.
    ///
    /// A percentile with fewer than 10 / (1 - ratio) observations is not known, and what is not known is inconclusive.
    package init(_ expression: SLOExpression, of result: BenchmarkResult, unmeasured: [Unmeasured] = []) {
        self.expression = expression
        let chosen = Self.series(for: expression, of: result)
        guard !chosen.isEmpty else {
            isMet = nil
            comparisons = [Self.missing(expression, of: result, unmeasured: unmeasured)]
            return
        }
        var outcomes: [Bool?] = []
        comparisons = chosen.map { series in
            let (comparison, isMet) = Self.comparison(expression, series)
            outcomes.append(isMet)
            return comparison
        }
        // One violation is one, whatever is not known; all have to be met.
        isMet = outcomes.contains(false) ? false : outcomes.contains(nil) ? nil : true
    }

    private static func series(for expression: SLOExpression, of result: BenchmarkResult) -> [MetricSeries] {
        let selected = result.series.filter { series in
            let name = series.id.suite.isEmpty ? series.id.benchmark : "\(series.id.suite)/\(series.id.benchmark)"
            return expression.selects([series.id.text, name, series.id.benchmark])
        }
        if let metric = expression.metric { return selected.filter { $0.metric == metric } }
        // A percentile alone: of each benchmark the latency, else the wall time.
        let withLatency = Set(selected.filter { $0.metric == "latency" }.map(\.id))
        return selected.filter {
            $0.metric == "latency" || $0.metric == "wall_time" && !withLatency.contains($0.id)
        }
    }

    private static func channel(_ metric: String?) -> GateResult.Comparison.Channel {
        metric == "leaks" ? .leak : .objective
    }

    private static func comparison(
        _ expression: SLOExpression, _ series: MetricSeries
    ) -> (GateResult.Comparison, Bool?) {
        let id = "\(series.id.text): \(expression.condition)"
        func made(
            _ verdict: GateResult.Verdict, _ value: Double?, _ count: Int, _ reason: String
        ) -> GateResult.Comparison {
            GateResult.Comparison(
                id: id, metric: series.metric, unit: series.unit, channel: channel(expression.metric),
                verdict: verdict, head: value, count: count, reason: reason)
        }
        guard series.unit == expression.unit else {
            return (
                made(
                    .inconclusive, nil, 0,
                    "\(series.metric) is in '\(series.unit)', the objective in '\(expression.unit)'"),
                nil
            )
        }
        switch ObjectiveValue(expression.statistic, of: series) {
        case .unknown(let reason, let count):
            return (made(.inconclusive, nil, count, "not known: \(reason)"), nil)
        case .known(let value, let statistic, let count):
            guard value.isFinite else { return (made(.inconclusive, nil, count, "not known: it is no number"), nil) }
            let isMet = expression.comparator.holds(value, expression.limit)
            let text = MetricValue.text(value, unit: series.unit)
            let limit = MetricValue.text(expression.limit, unit: expression.unit)
            let words = isMet ? "meets" : "violates"
            let reason =
                "\(statistic) \(text) \(words) \(expression.comparator.rawValue) \(limit)"
                + (count > 1 ? " (n = \(Quantity.grouped(Int64(count))))" : "")
            return (made(isMet ? .pass : .fail, value, count, reason), isMet)
        }
    }

    private static func missing(
        _ expression: SLOExpression, of result: BenchmarkResult, unmeasured: [Unmeasured]
    ) -> GateResult.Comparison {
        let metric = expression.metric ?? "latency"
        let blind = unmeasured.first { $0.id.contains(metric) }
        var reason = "not known: no benchmark has \(expression.metric ?? "a latency or a wall time")"
        if let blind {
            reason = "not known: \(blind.reason)"
        } else if let selector = expression.selector {
            let names = Set(result.series.map(\.id.text)).sorted()
            let nearest = NearestName.of(selector, among: names).map { "; did you mean '\($0)'?" } ?? ""
            reason = "not known: no benchmark '\(selector)' has \(metric)\(nearest)"
        }
        return GateResult.Comparison(
            id: expression.text, metric: metric, unit: expression.unit, channel: channel(expression.metric),
            verdict: .inconclusive, reason: reason)
    }
}

extension BenchmarkResult {
    /// What objectives may name: the metrics that perfdoctor knows, and those of this result.
    package var objectiveMetrics: [SLOExpression.Metric] {
        var known = Dictionary(Metric.all.map { ($0.name, $0.unit) }) { first, _ in first }
        for series in series where known[series.metric] == nil { known[series.metric] = series.unit }
        return known.sorted { $0.key < $1.key }.map { SLOExpression.Metric(name: $0.key, unit: $0.value) }
    }

    /// Reads an objective and compares this result with it.
    ///
    /// - Parameters:
    ///   - text: `"p95 < 500ms"`.
    ///   - unmeasured: what the result's source does not know, for the reasons.
    /// - Returns: what the result says about it.
    /// - Throws: what is wrong with the expression.
    package func evaluate(
        _ text: String, unmeasured: [Unmeasured] = []
    ) throws(SLOExpressionError) -> ObjectiveEvaluation {
        ObjectiveEvaluation(
            try SLOExpression(parsing: text, metrics: objectiveMetrics), of: self, unmeasured: unmeasured)
    }
}

extension BenchmarkResult {
    /// Compares this result with the objectives of a baseline.
    ///
    /// - Parameters:
    ///   - objectives: of the baseline; those of other tools, which are no expressions, are reported only.
    ///   - unmeasured: what the result's source does not know, for the reasons.
    /// - Returns: one or more for each objective.
    package func comparisons(
        with objectives: [Objective], unmeasured: [Unmeasured] = []
    ) -> [GateResult.Comparison] {
        objectives.flatMap { objective -> [GateResult.Comparison] in
            do throws(SLOExpressionError) {
                return try evaluate(objective.expression, unmeasured: unmeasured).comparisons
            } catch {
                return [
                    GateResult.Comparison(
                        id: objective.expression, metric: "", unit: "", channel: .objective, verdict: .inconclusive,
                        isGated: false, reason: "not compared: \(error.summary)")
                ]
            }
        }
    }

    /// What the tool that measured says about its own objectives, as thresholds of k6.
    package var statedComparisons: [GateResult.Comparison] {
        objectives.map { objective in
            let (verdict, reason): (GateResult.Verdict, String) =
                switch objective.isMet {
                case true?: (.pass, "met, as \(provenance?.importedFrom ?? "the result") says")
                case false?: (.fail, "violated, as \(provenance?.importedFrom ?? "the result") says")
                case nil: (.inconclusive, "not known: the result does not say")
                }
            return GateResult.Comparison(
                id: objective.expression, metric: "", unit: "", channel: .objective, verdict: verdict, reason: reason)
        }
    }
}
