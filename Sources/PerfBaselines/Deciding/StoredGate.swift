import PerfModel

/// Decides on results that were measured before: against objectives, against a stored baseline, or both.
package struct StoredGate: Sendable {
    /// What is judged.
    package var head: BenchmarkResult
    /// What head's source does not know.
    package var unmeasured: [Unmeasured]
    /// Nil for objectives alone.
    package var baseline: BenchmarkResult?
    /// Beside those of the baseline: `"p95 < 500ms"`.
    package var objectives: [String]
    package var policy: BaselinePolicy

    package init(
        head: BenchmarkResult, unmeasured: [Unmeasured] = [], baseline: BenchmarkResult?, objectives: [String] = [],
        policy: BaselinePolicy
    ) {
        self.head = head
        self.unmeasured = unmeasured
        self.baseline = baseline
        self.objectives = objectives
        self.policy = policy
    }

    /// The verdict's comparisons and doubts, without its sentence.
    ///
    /// - Throws: what is wrong with an objective of the caller's.
    package func decided() throws(SLOExpressionError) -> (comparisons: [GateResult.Comparison], warnings: [Warning]) {
        var comparisons: [GateResult.Comparison] = []
        var warnings: [Warning] = []
        for objective in objectives {
            comparisons += try head.evaluate(objective, unmeasured: unmeasured).comparisons
        }
        comparisons += head.statedComparisons
        guard let baseline else { return (comparisons, warnings) }
        let given = Set(objectives)
        comparisons += head.comparisons(
            with: baseline.objectives.filter { !given.contains($0.expression) }, unmeasured: unmeasured)
        if head.diagnosis != nil || baseline.diagnosis != nil {
            comparisons.append(DiagnosedBottleneck.comparison(head: head.diagnosis, base: baseline.diagnosis))
        }
        // A baseline of objectives alone, as those of the guides, has nothing to be compared with.
        if !baseline.series.isEmpty {
            let compared = BaselineComparison(head: head, baseline: baseline, policy: policy)
            comparisons += compared.comparisons
            warnings += compared.warnings
        }
        return (comparisons, warnings)
    }
}
