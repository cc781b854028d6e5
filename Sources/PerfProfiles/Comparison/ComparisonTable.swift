import PerfStatistics

/// Self and total of every function on both sides, and the tests of their differences.
struct ComparisonTable {
    typealias Amount = ComparedStacks.Amount

    struct Row {
        var ownBefore = Amount()
        var ownAfter = Amount()
        var totalBefore = Amount()
        var totalAfter = Amount()
    }

    /// One for each function.
    private(set) var rows: [Row]
    private(set) var before = Amount()
    private(set) var after = Amount()
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
            for function in stack.frames where lastSeen[function] != index {
                lastSeen[function] = index
                rows[function].totalBefore.add(stack.before)
                rows[function].totalAfter.add(stack.after)
            }
            guard let leaf = stack.frames.last else { continue }
            rows[leaf].ownBefore.add(stack.before)
            rows[leaf].ownAfter.add(stack.after)
        }
        self.rows = rows
    }

    func own(_ function: Int) -> ComparedChange {
        change(rows[function].ownBefore, rows[function].ownAfter)
    }

    func total(_ function: Int) -> ComparedChange {
        change(rows[function].totalBefore, rows[function].totalAfter)
    }

    /// The whole; of shares, always 1.
    var whole: ComparedChange {
        var change = normalized(before, after)
        guard let comparison = wholeComparison else { return change }
        change.interval = comparison.differenceInterval(z: ProfileComparison.shownWidth)
        change.ratioInterval = comparison.ratioInterval(z: ProfileComparison.shownWidth)
        change.probability = comparison.probability
        return change
    }

    /// The comparison of the whole; nil for shares, and where the profiles do not count samples.
    var wholeComparison: RateComparison? {
        guard countsSamples, !scale.isShare else { return nil }
        func side(_ amount: Amount, _ factor: Double) -> RateComparison.Side {
            let value = Double(amount.value) * factor
            let samples = amount.tally.effectiveCount
            return RateComparison.Side(value: value, samples: samples, exposure: value > 0 ? samples / value : 0)
        }
        var noise = scale.noise
        if !scale.samplesWhole { noise.dispersion = 0 }
        return RateComparison(
            before: side(before, scale.factors.before), after: side(after, scale.factors.after), model: .rate,
            noise: noise)
    }

    /// By what factor samples of one recording say less than independent ones about the program (Kish's design effect).
    private func designEffect(_ whole: Amount) -> Double {
        max(1, 1 + (whole.tally.effectiveCount - 1) * scale.correlation)
    }

    /// The comparison of two amounts; nil where the profiles do not count samples.
    func comparison(_ first: Amount, _ second: Amount) -> RateComparison? {
        guard countsSamples else { return nil }
        return RateComparison(
            before: side(first, of: before, factor: scale.factors.before),
            after: side(second, of: after, factor: scale.factors.after),
            model: scale.isShare ? .share : .rate, noise: scale.noise
        )
    }

    /// Two amounts as values that can be compared, without a judgement.
    func normalized(_ first: Amount, _ second: Amount) -> ComparedChange {
        ComparedChange(
            before: value(first, of: before, factor: scale.factors.before),
            after: value(second, of: after, factor: scale.factors.after)
        )
    }

    private func change(_ first: Amount, _ second: Amount) -> ComparedChange {
        var change = normalized(first, second)
        if let comparison = comparison(first, second) {
            change.interval = comparison.differenceInterval(z: ProfileComparison.shownWidth)
            change.ratioInterval = comparison.ratioInterval(z: ProfileComparison.shownWidth)
            change.probability = comparison.probability
        }
        return change
    }

    private func value(_ amount: Amount, of whole: Amount, factor: Double) -> Double {
        guard scale.isShare else { return Double(amount.value) * factor }
        return whole.value != 0 ? Double(amount.value) / Double(whole.value) : 0
    }

    private func side(_ amount: Amount, of whole: Amount, factor: Double) -> RateComparison.Side {
        let value = value(amount, of: whole, factor: factor)
        let effect = designEffect(whole)
        let all = whole.tally.effectiveCount / effect
        if scale.isShare { return RateComparison.Side(value: value, samples: value * all, exposure: all) }
        let samples = amount.tally.effectiveCount / effect
        if value > 0, samples > 0 {
            return RateComparison.Side(value: value, samples: samples, exposure: samples / value)
        }
        let total = Double(whole.value) * factor
        return RateComparison.Side(value: value, samples: 0, exposure: total > 0 ? all / total : 0)
    }
}

/// How values of both profiles become comparable.
struct ComparisonScale {
    /// Whether values are shares of the total instead of multiples of `factors`.
    var isShare: Bool
    var factors: (before: Double, after: Double)
    var noise: RateComparison.Noise
    /// Correlation between the samples of one recording.
    var correlation: Double
    /// Whether the whole is an estimate from samples, too.
    var samplesWhole = true

    init(
        _ normalization: Normalization, noise: Double?, before: Profile, after: Profile
    ) throws(ComparisonError) {
        let wander = noise ?? ProfileComparison.noiseOfFunctions
        correlation = wander * wander
        switch normalization {
        case .total:
            isShare = true
            factors = (1, 1)
            self.noise = RateComparison.Noise()
            return
        case .duration:
            guard before.duration > 0 else { throw .noDuration(isBefore: true) }
            guard after.duration > 0 else { throw .noDuration(isBefore: false) }
            factors = (1e9 / Double(before.duration), 1e9 / Double(after.duration))
        case .operations(let first, let second):
            factors = (1 / first, 1 / second)
        }
        isShare = false
        self.noise = RateComparison.Noise(runToRun: noise ?? ProfileComparison.noiseOfSpeed)
    }
}
