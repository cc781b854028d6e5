import PerfStatistics

/// Which of the differences are more than chance and large enough to matter.
struct ComparisonFindings {
    private(set) var own: [ComparedChange]
    private(set) var totals: [ComparedChange]
    private(set) var whole: ComparedChange
    /// Standard deviations that a single difference must exceed to be a finding.
    let criticalWidth: Double
    private let table: ComparisonTable
    private let scale: ComparisonScale
    /// Normalised, as the changes are.
    private let least: Double
    private let minimumEffect: Double
    /// The chance of any false finding among the functions, and of one of the whole.
    private let level: Double
    /// Functions that are large enough to matter on either side, by themselves.
    private let tested: [Int]
    /// How much of the level each function has, by itself.
    private let weights: [Double]

    init(
        _ table: ComparisonTable, stacks: ComparedStacks, scale: ComparisonScale, minimumEffect: Double, level: Double
    ) {
        self.table = table
        self.scale = scale
        self.minimumEffect = minimumEffect
        self.level = level
        let own = stacks.functions.indices.map(table.own)
        let totals = stacks.functions.indices.map(table.total)
        let whole = table.whole
        let least = minimumEffect * max(abs(whole.before), abs(whole.after))
        // Chosen by size, not by difference, so that the probabilities of those that are left stay what they are.
        // Source: R. Bourgon, R. Gentleman, W. Huber, "Independent Filtering Increases Detection Power for
        // High-Throughput Experiments", PNAS 107 (2010) 9546-9551.
        let tested = stacks.functions.indices.filter { max(abs(totals[$0].before), abs(totals[$0].after)) >= least }
        let selves = tested.filter { max(abs(own[$0].before), abs(own[$0].after)) >= least }
        let size = max(abs(whole.before) + abs(whole.after), .leastNormalMagnitude)
        func weight(_ change: ComparedChange) -> Double {
            let share = min((abs(change.before) + abs(change.after)) / size, 1)
            return max(scale.isShare ? share * (1 - share) : share, minimumEffect, 1e-6)
        }
        var family = ComparisonFamily()
        for index in selves { family.add(own[index], runs: table.rows[index].ownRuns, weight: weight(own[index])) }
        family.beginGroup()
        for index in tested {
            family.add(totals[index], runs: table.rows[index].totalRuns, weight: weight(totals[index]))
        }
        self.least = least
        self.tested = selves
        self.own = own
        self.totals = totals
        self.whole = whole
        var weights = [Double](repeating: 0, count: own.count)
        for index in selves { weights[index] = weight(own[index]) }
        self.weights = weights
        let runs = scale.runCounts.before + scale.runCounts.after
        criticalWidth = StudentDistribution.criticalValue(
            twoSided: level / Double(max(family.count, 1)),
            degreesOfFreedom: runs > 2 ? scale.certainty + Double(runs - 2) : .infinity)
        let isBeyondChance = family.adjusted.map { $0 <= level }
        for (position, index) in selves.enumerated() {
            mark(&self.own[index], isBeyondChance[position])
        }
        for (position, index) in tested.enumerated() {
            mark(&self.totals[index], isBeyondChance[selves.count + position])
        }
        // The whole is one question of its own, and the first that is asked.
        if !scale.isShare { mark(&self.whole, (whole.probability ?? 0) <= level) }
    }

    /// Takes over what shares show where values per operation or second move the same way.
    ///
    /// A machine that is faster at one time than at another moves all functions together: their shares do not feel
    /// that, so that they show smaller changes than the values themselves.
    mutating func adopt(_ shares: ComparisonFindings) {
        func adopt(_ change: inout ComparedChange, _ share: ComparedChange) {
            guard share.isSignificant, !change.isSignificant, change.delta * share.delta > 0,
                abs(change.delta) >= least, let interval = change.interval, !interval.contains(0)
            else { return }
            change.isSignificant = true
        }
        for index in own.indices {
            adopt(&own[index], shares.own[index])
            adopt(&totals[index], shares.totals[index])
        }
    }

    private func mark(_ change: inout ComparedChange, _ isBeyondChance: Bool) {
        guard isBeyondChance, change.delta != 0 else { return }
        if abs(change.delta) >= least { change.isSignificant = true } else { change.isBelowMinimum = true }
    }

    /// Takes back the findings that another function's change explains.
    ///
    /// Shares of a total sum to 1: when one function grows, all others shrink. The largest change is taken out of both
    /// profiles, and what still differs in the rest is a change of its own.
    mutating func removeDiluted(_ stacks: ComparedStacks, scale: ComparisonScale, steps: Int) {
        let candidates = tested.filter { own[$0].isSignificant }
        guard !candidates.isEmpty else { return }
        var changed: Set<Int> = []
        var reduced = table
        for _ in 0..<steps {
            let remaining = tested.filter { !changed.contains($0) }
            let changes = remaining.map(reduced.own)
            // Without a number of samples nothing is known about chance: then size alone decides.
            let isBeyondChance = MultipleComparisons.holm(
                changes.map { $0.probability ?? 0 }, weights: remaining.map { weights[$0] }
            ).map { $0 <= level }
            let largest = changes.indices.filter { isBeyondChance[$0] && abs(changes[$0].delta) >= minimumEffect }
                .max { left, right in
                    let (leftSize, rightSize) = (abs(changes[left].delta), abs(changes[right].delta))
                    // Two functions alone take from each other: the same one is named in both directions.
                    if abs(leftSize - rightSize) > 1e-9 { return leftSize < rightSize }
                    return stacks.functions[remaining[left]].name > stacks.functions[remaining[right]].name
                }
            guard let largest else { break }
            changed.insert(remaining[largest])
            reduced = ComparisonTable(stacks.withoutLeaves(changed), scale: scale)
        }
        for index in tested where own[index].isSignificant && !changed.contains(index) {
            own[index].isSignificant = false
            own[index].isDiluted = true
        }
        var explained = [Double](repeating: 0, count: totals.count)
        for stack in stacks.stacks where stack.frames.last.map(changed.contains) ?? false {
            let share =
                Double(stack.after.value) / Double(max(table.after.value, 1))
                - Double(stack.before.value) / Double(max(table.before.value, 1))
            for function in Set(stack.frames) { explained[function] += share }
        }
        for index in totals.indices where totals[index].isSignificant {
            let delta = totals[index].delta
            // Its own callees, or what is left of it when they are taken out, moved the same way.
            if explained[index] * delta > 0, abs(explained[index]) >= abs(delta) / 2 { continue }
            let rest = reduced.total(index)
            if rest.delta * delta > 0, (rest.probability ?? 0) <= level / 10 { continue }
            totals[index].isSignificant = false
            totals[index].isDiluted = true
        }
    }

    /// Marks what is beyond chance if runs of one program differ as little as those of a calm one.
    mutating func suspect(_ calm: ComparisonFindings) {
        func suspect(_ change: inout ComparedChange, _ other: ComparedChange) {
            change.isSuspected = other.isSignificant && !change.isSignificant
        }
        for index in own.indices {
            suspect(&own[index], calm.own[index])
            suspect(&totals[index], calm.totals[index])
        }
        suspect(&whole, calm.whole)
    }

    /// The smallest change of the whole, or of the share that is hardest to judge, that would almost surely be seen.
    func detectableChange(powerWidth: Double) -> Double? {
        if scale.isShare {
            // A share near one half varies the most.
            let sum = weights.reduce(0, +) * 2
            let widest = tested.compactMap { index -> Double? in
                let row = table.rows[index]
                guard let comparison = table.comparison(row.ownBefore, row.ownAfter, runs: row.ownRuns),
                    comparison.standardError.isFinite
                else { return nil }
                let width = StudentDistribution.criticalValue(
                    twoSided: level * weights[index] / sum, degreesOfFreedom: comparison.noise.degreesOfFreedom)
                return comparison.standardError * (width + powerWidth)
            }.max()
            return widest.map { max($0, minimumEffect) }
        }
        guard whole.before > 0, let comparison = table.wholeComparison, comparison.standardError.isFinite else {
            return nil
        }
        let width = StudentDistribution.criticalValue(
            twoSided: level, degreesOfFreedom: comparison.noise.degreesOfFreedom)
        return max(comparison.standardError * (width + powerWidth) / whole.before, minimumEffect)
    }
}
