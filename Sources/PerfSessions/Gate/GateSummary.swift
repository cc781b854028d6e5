import Glibc
import PerfBaselines
import PerfModel

/// The verdict of a gate over all of its comparisons, in one sentence.
package struct GateSummary {
    private let outcome: GateSession.Outcome

    package init(_ outcome: GateSession.Outcome) { self.outcome = outcome }

    /// Of results that were measured before.
    ///
    /// - Parameters:
    ///   - comparisons: of a stored result.
    ///   - unmeasured: what its source does not know.
    package init(_ comparisons: [GateResult.Comparison], unmeasured: [Unmeasured]) {
        outcome = GateSession.Outcome(comparisons: comparisons, unmeasured: unmeasured)
    }

    /// The whole result.
    ///
    /// - Parameter warnings: beside those of the measurement.
    /// - Returns: the verdict with its sentence, and everything that it rests on.
    package func result(warnings: [Warning] = []) -> GateResult {
        let gated = outcome.comparisons.filter(\.isGated)
        let verdict = gated.isEmpty ? .invalid : GateResult.Verdict.worst(gated.map(\.verdict))
        return GateResult(
            verdict: verdict, summary: sentence(gated, verdict), comparisons: outcome.comparisons, cause: outcome.cause,
            unmeasured: outcome.unmeasured, warnings: warnings + outcome.warnings)
    }

    private func sentence(_ gated: [GateResult.Comparison], _ verdict: GateResult.Verdict) -> String {
        let bad = gated.filter { $0.verdict == verdict }
        let more = bad.count > 1 ? ", and \(bad.count - 1) more" : ""
        guard let first = worst(of: bad) else { return "nothing was measured that decides" }
        switch verdict {
        case .fail:
            let text = first.effectRatio == nil ? ": \(first.reason)" : " \(what(first))"
            return "\(first.id)\(text)\(more)"
        case .invalid: return "\(first.id): \(first.reason)\(more)"
        case .inconclusive: return "\(name(first)) cannot be told: \(first.reason)\(more)"
        case .pass:
            if gated.allSatisfy({ $0.channel == .presence }) {
                return "nothing changed: both sides run the same bytes with the same arguments"
            }
            let better = gated.filter(\.isImproved)
            guard let best = worst(of: better) else { return "nothing got worse" }
            return "nothing got worse, and \(best.id) got better: \(what(best))"
        }
    }

    private func name(_ one: GateResult.Comparison) -> String {
        one.metric.isEmpty ? one.id : "\(one.id), \(word(one.metric)),"
    }

    /// The largest change: what people want to read first.
    private func worst(of comparisons: [GateResult.Comparison]) -> GateResult.Comparison? {
        // What decides before what only guards: more CPU time takes more wall time, too.
        let deciding = comparisons.filter { !GateSession.guards.contains($0.metric) }
        return (deciding.isEmpty ? comparisons : deciding).max { left, right in
            abs(log(left.effectRatio ?? 1)) < abs(log(right.effectRatio ?? 1))
        }
    }

    private func what(_ one: GateResult.Comparison) -> String {
        guard let ratio = one.effectRatio, ratio.isFinite else { return one.reason }
        let percent = Quantity.fixed(abs(ratio - 1) * 100, digits: 1)
        return "takes \(percent)% \(ratio >= 1 ? "more" : "less") \(word(one.metric))"
    }

    private func word(_ metric: String) -> String {
        switch metric {
        case "cpu_time": "CPU time"
        case "peak_rss": "memory at its peak"
        default: metric.split(separator: "_").joined(separator: " ")
        }
    }
}
