import PerfBaselines
import PerfModel

/// Counts what is the same in every run of a program, on both sides of a contest.
struct GateCounting {
    let runner: BenchmarkRunner.Options

    /// Counts twice on each side: what differs between runs of one program is no deterministic counter of it.
    ///
    /// - Parameters:
    ///   - contest: with its counters.
    ///   - outcome: gets a comparison for each, and what could not be counted.
    ///   - progress: called before each counter.
    /// - Throws: when nothing can be run at all.
    func count(
        _ contest: GateContest, into outcome: inout GateSession.Outcome, progress: (String) -> Void
    ) throws {
        for counter in contest.counters {
            progress("\(contest.id.text): counting \(counter.split(separator: "_").joined(separator: " "))")
            let source = try BenchSession.source(of: counter, runner)
            var values: [[String: Double]] = []
            runs: for command in [contest.base, contest.head, contest.base, contest.head] {
                switch source.measure(command) {
                case .available(let counted): values.append(counted)
                case .unavailable(let reason, let remedy):
                    outcome.unmeasured.append(
                        Unmeasured(id: "\(contest.id.text): \(counter)", reason: reason, remedy: remedy ?? ""))
                    break runs
                }
            }
            guard values.count == 4 else {
                outcome.comparisons.append(
                    GateResult.Comparison(
                        id: contest.id.text, metric: counter, unit: "count", channel: .counter, verdict: .invalid,
                        reason: "it could not be counted"))
                continue
            }
            for metric in source.metrics {
                let counts = values.map { $0[metric] ?? 0 }
                outcome.comparisons.append(
                    CounterComparison(base: [counts[0], counts[2]], head: [counts[1], counts[3]])
                        .comparison(id: contest.id.text, metric: metric))
            }
        }
    }
}
