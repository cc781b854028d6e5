import PerfBaselines
import PerfModel

/// A counter of two programs, each counted more than once.
struct CounterComparison {
    let base: [Double]
    let head: [Double]

    /// Two runs of one Swift program under callgrind differed by 0.15% at most, with hashing that is fixed by next to
    /// nothing.
    private static let instructionTolerance = 0.001

    /// Exact where each side always counts the same; reported where it does not.
    func comparison(id: String, metric: String) -> GateResult.Comparison {
        let known = Metric.named(metric)
        let (first, second) = (base.max() ?? 0, head.max() ?? 0)
        var result = GateResult.Comparison(
            id: id, metric: metric, unit: known?.unit ?? "count", channel: .counter, verdict: .pass, baseline: first,
            head: second, effectRatio: first > 0 ? second / first : nil, count: head.count, reason: "")
        func text(_ value: Double) -> String { Quantity.grouped(Int64(clamping: value)) }
        let tolerance = metric == "instructions" ? Self.instructionTolerance : 0
        let isExact = [base, head].allSatisfy { side in
            guard let least = side.min(), let most = side.max() else { return false }
            return most - least <= tolerance * most
        }
        guard isExact else {
            result.isGated = false
            let range = [base, head].map { "\(text($0.min() ?? 0)) to \(text($0.max() ?? 0))" }
            result.reason =
                "it differs from run to run (base \(range[0]), head \(range[1])), so that it cannot be gated"
            // All of head above all of base is still worth telling.
            if let least = head.min(), least > first { result.verdict = .fail }
            return result
        }
        if second > first * (1 + tolerance) {
            result.verdict = .fail
            result.reason = "\(text(second)) instead of \(text(first)), in every run"
        } else {
            result.isImproved = second < first * (1 - tolerance)
            result.reason =
                result.isImproved ? "\(text(second)) instead of \(text(first)), in every run" : "the same in every run"
        }
        return result
    }
}

extension Int64 {
    fileprivate init(clamping value: Double) {
        self = value.isFinite ? (abs(value) < 9e18 ? Int64(value) : (value > 0 ? .max : .min)) : 0
    }
}
