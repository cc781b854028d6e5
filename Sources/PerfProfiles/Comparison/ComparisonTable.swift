import PerfStatistics

/// Self and total of every function on both sides, and the tests of their differences.
struct ComparisonTable {
    typealias Amount = ComparedStacks.Amount

    struct Row {
        var ownBefore = Amount()
        var ownAfter = Amount()
        var totalBefore = Amount()
        var totalAfter = Amount()
        /// Of each recording; empty with one of each.
        var ownRuns: [Int64] = []
        var totalRuns: [Int64] = []
    }

    /// One for each function.
    private(set) var rows: [Row]
    private(set) var before = Amount()
    private(set) var after = Amount()
    private var wholeRuns: [Int64] = []
    private let scale: ComparisonScale
    private let countsSamples: Bool

    init(_ stacks: ComparedStacks, scale: ComparisonScale) {
        self.scale = scale
        countsSamples = stacks.countsSamples
        var rows = [Row](repeating: Row(), count: stacks.functions.count)
        var lastSeen = [Int](repeating: -1, count: rows.count)
        for (index, stack) in stacks.stacks.enumerated() {
            before.add(stack.before)
            after.add(stack.after)
            addRuns(stack.runs, to: &wholeRuns)
            for function in stack.frames where lastSeen[function] != index {
                lastSeen[function] = index
                rows[function].totalBefore.add(stack.before)
                rows[function].totalAfter.add(stack.after)
                addRuns(stack.runs, to: &rows[function].totalRuns)
            }
            guard let leaf = stack.frames.last else { continue }
            rows[leaf].ownBefore.add(stack.before)
            rows[leaf].ownAfter.add(stack.after)
            addRuns(stack.runs, to: &rows[leaf].ownRuns)
        }
        self.rows = rows
    }

    func own(_ function: Int) -> ComparedChange {
        change(rows[function].ownBefore, rows[function].ownAfter, runs: rows[function].ownRuns)
    }

    func total(_ function: Int) -> ComparedChange {
        change(rows[function].totalBefore, rows[function].totalAfter, runs: rows[function].totalRuns)
    }

    /// The whole; of shares, always 1.
    var whole: ComparedChange { judged(normalized(before, after), by: wholeComparison) }

    /// The comparison of the whole; nil for shares, and where the profiles do not count samples.
    var wholeComparison: RateComparison? {
        guard countsSamples, !scale.isShare else { return nil }
        func side(_ amount: Amount, _ factor: Double) -> RateComparison.Side {
            let value = Double(amount.value) * factor
            let samples = amount.tally.effectiveCount
            return RateComparison.Side(value: value, samples: samples, exposure: value > 0 ? samples / value : 0)
        }
        func comparison(runToRun: Double) -> RateComparison {
            var noise = scale.noise
            noise.runToRun = runToRun
            if !scale.samplesWhole { noise.dispersion = 0 }
            return RateComparison(
                before: side(before, scale.factors.before), after: side(after, scale.factors.after), model: .rate,
                noise: noise)
        }
        let model = comparison(runToRun: scale.noise.runToRun)
        return withKnownNoise(model, sampling: comparison(runToRun: 0), runs: wholeRuns)
    }

    /// The comparison of two amounts; nil where the profiles do not count samples.
    ///
    /// - Parameters:
    ///   - first: what was counted before.
    ///   - second: what was counted after.
    ///   - runs: the same of each recording, those before first; empty with one of each.
    /// - Returns: the comparison with the noise of runs.
    func comparison(_ first: Amount, _ second: Amount, runs: [Int64]) -> RateComparison? {
        guard countsSamples else { return nil }
        func comparison(correlation: Double, runToRun: Double) -> RateComparison {
            func side(_ amount: Amount, _ whole: Amount, _ factor: Double, _ runs: Int) -> RateComparison.Side {
                let effect = Self.designEffect(whole, runs: runs, correlation: correlation)
                return self.side(amount, of: whole, factor: factor, effect: effect)
            }
            var noise = scale.noise
            noise.runToRun = runToRun
            return RateComparison(
                before: side(first, before, scale.factors.before, scale.runCounts.before),
                after: side(second, after, scale.factors.after, scale.runCounts.after),
                model: scale.isShare ? .share : .rate, noise: noise)
        }
        let model = comparison(correlation: scale.correlation, runToRun: scale.noise.runToRun)
        return withKnownNoise(model, sampling: comparison(correlation: 0, runToRun: 0), runs: runs)
    }

    /// Two amounts as values that can be compared, without a judgement.
    func normalized(_ first: Amount, _ second: Amount) -> ComparedChange {
        ComparedChange(
            before: value(first, of: before, factor: scale.factors.before),
            after: value(second, of: after, factor: scale.factors.after)
        )
    }

    private func change(_ first: Amount, _ second: Amount, runs: [Int64]) -> ComparedChange {
        judged(normalized(first, second), by: comparison(first, second, runs: runs))
    }

    private func judged(_ change: ComparedChange, by comparison: RateComparison?) -> ComparedChange {
        guard let comparison else { return change }
        var change = change
        change.interval = comparison.differenceInterval(z: ProfileComparison.shownWidth)
        change.ratioInterval = comparison.ratioInterval(z: ProfileComparison.shownWidth)
        change.probability = comparison.probability
        return change
    }

    private func value(_ amount: Amount, of whole: Amount, factor: Double) -> Double {
        guard scale.isShare else { return Double(amount.value) * factor }
        return whole.value != 0 ? Double(amount.value) / Double(whole.value) : 0
    }

    private func side(_ amount: Amount, of whole: Amount, factor: Double, effect: Double) -> RateComparison.Side {
        let value = value(amount, of: whole, factor: factor)
        let all = whole.tally.effectiveCount / effect
        if scale.isShare { return RateComparison.Side(value: value, samples: value * all, exposure: all) }
        let samples = amount.tally.effectiveCount / effect
        if value > 0, samples > 0 {
            return RateComparison.Side(value: value, samples: samples, exposure: samples / value)
        }
        let total = Double(whole.value) * factor
        return RateComparison.Side(value: value, samples: 0, exposure: total > 0 ? all / total : 0)
    }

    /// By what factor samples of some recordings say less than independent ones about the program (Kish).
    static func designEffect(_ whole: Amount, runs: Int, correlation: Double) -> Double {
        max(1, 1 + (whole.tally.effectiveCount / Double(max(runs, 1)) - 1) * correlation)
    }
}

extension ComparisonTable {
    /// A comparison with the noise that these recordings show, as far as they do.
    ///
    /// How far runs of a program differ is known from other programs until it is recorded several times. Both are
    /// joined in proportion to what they say: G. K. Smyth, "Linear Models and Empirical Bayes Methods for Assessing
    /// Differential Expression in Microarray Experiments", Statistical Applications in Genetics and Molecular Biology 3
    /// (2004) 3. With one recording of each, only the part that is not sampling is uncertain: F. E. Satterthwaite, "An
    /// Approximate Distribution of Estimates of Variance Components", Biometrics Bulletin 2 (1946) 110-114.
    ///
    /// - Parameters:
    ///   - model: with the noise of other programs.
    ///   - sampling: without noise from run to run.
    ///   - runs: what each recording counted.
    /// - Returns: the model with another noise.
    private func withKnownNoise(_ model: RateComparison, sampling: RateComparison, runs: [Int64]) -> RateComparison {
        let variance = model.standardError * model.standardError
        guard variance > 0, variance.isFinite else { return model }
        var noise = model.noise
        if let seen = observed(runs) {
            let prior = min(scale.certainty, RunNoise.usual.certainty)
            let freedom = prior + seen.degreesOfFreedom
            let joined = (prior * variance + seen.degreesOfFreedom * seen.variance) / freedom
            noise = noise.scaled(by: joined / variance, degreesOfFreedom: freedom)
        } else {
            let rest = variance - sampling.standardError * sampling.standardError
            let ratio = rest > 0 ? variance / rest : .infinity
            noise.degreesOfFreedom = scale.certainty * ratio * ratio
        }
        return RateComparison(before: model.before, after: model.after, model: model.model, noise: noise)
    }

    /// The variance of a difference that several recordings show; nil with one of each.
    private func observed(_ runs: [Int64]) -> (variance: Double, degreesOfFreedom: Double)? {
        let counts = scale.runCounts
        guard runs.count == counts.before + counts.after, runs.count > 2 else { return nil }
        let values = runs.indices.map { index in
            guard scale.isShare else { return Double(runs[index]) * scale.runFactors[index] }
            return wholeRuns[index] > 0 ? Double(runs[index]) / Double(wholeRuns[index]) : 0
        }
        var squares = 0.0
        for side in [values[..<counts.before], values[counts.before...]] {
            let mean = side.reduce(0, +) / Double(side.count)
            squares += side.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        }
        let freedom = Double(runs.count - 2)
        let reciprocal = 1 / Double(counts.before) + 1 / Double(counts.after)
        return (squares / freedom * reciprocal, freedom)
    }
}
