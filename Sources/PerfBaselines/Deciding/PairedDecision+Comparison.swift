extension PairedDecision {
    /// The verdict as a line of a gate's result.
    ///
    /// - Parameters:
    ///   - id: of the benchmark.
    ///   - metric: its name.
    ///   - unit: of the values.
    ///   - isGated: whether it decides.
    /// - Returns: the line, with a sentence that says why.
    package func comparison(
        id: String, metric: String, unit: String, isGated: Bool = true
    ) -> GateResult.Comparison {
        GateResult.Comparison(
            id: id, metric: metric, unit: unit, channel: .sampled, verdict: verdict, isGated: isGated, baseline: base,
            head: head, effectRatio: ratio, interval: interval, count: count, detectableRatio: detectableRatio,
            isImproved: isImproved, reason: reason)
    }

    private var layouts: String { layoutCount.map { " of \($0) layouts" } ?? "" }

    private var verdict: GateResult.Verdict {
        switch outcome {
        case .pass: .pass
        case .fail: .fail
        case .more, .inconclusive: .inconclusive
        case .invalid: .invalid
        }
    }

    private var reason: String {
        let (tolerance, effect) = (PercentText.of(plan.tolerance), PercentText.of(plan.effect))
        return switch outcome {
        case .fail: "worse by more than \(tolerance), surely"
        case .pass where isImproved: "better by more than \(tolerance), surely"
        case .pass: "not worse by \(effect) or more, surely"
        case .more(let next): "\(count) pairs were measured, \(next) are needed for the next look"
        case .inconclusive: "after \(count) pairs\(layouts) it may be worse by \(tolerance), or by \(effect)"
        case .invalid(.control): "two copies of the same program differ: the machine is not fit to measure now"
        case .invalid(.controlIncomplete): "the second copy of base was not measured as often as the first"
        case .invalid(.notANumber): "a run gave a value that is no number"
        case .invalid(.negative): "a run gave a value below zero, of which there is no ratio"
        }
    }
}
