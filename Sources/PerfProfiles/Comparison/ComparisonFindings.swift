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
    /// Functions that are large enough to matter on either side.
    private let tested: [Int]

    init(_ table: ComparisonTable, stacks: ComparedStacks, scale: ComparisonScale, minimumEffect: Double) {
        self.table = table
        self.scale = scale
        self.minimumEffect = minimumEffect
        let own = stacks.functions.indices.map(table.own)
        let totals = stacks.functions.indices.map(table.total)
        let whole = table.whole
        let least = minimumEffect * max(abs(whole.before), abs(whole.after))
        // Chosen by size, not by difference, so that the probabilities of those that are left stay what they are.
        // Source: R. Bourgon, R. Gentleman, W. Huber, "Independent Filtering Increases Detection Power for
        // High-Throughput Experiments", PNAS 107 (2010) 9546-9551.
        let tested = stacks.functions.indices.filter { max(abs(totals[$0].before), abs(totals[$0].after)) >= least }
        let isTestedByItself = { (index: Int) in max(abs(own[index].before), abs(own[index].after)) >= least }
        let selves = tested.filter(isTestedByItself)
        self.least = least
        self.tested = selves
        self.own = own
        self.totals = totals
        self.whole = whole
        let family: [ComparedChange] = selves.map { own[$0] } + tested.map { totals[$0] }
        criticalWidth = NormalDistribution.criticalValue(
            twoSided: ProfileComparison.falseAlarmRate / Double(max(family.count, 1)))
        let isBeyondChance = Self.beyondChance(family)
        for (position, index) in selves.enumerated() {
            mark(&self.own[index], isBeyondChance[position])
        }
        for (position, index) in tested.enumerated() {
            mark(&self.totals[index], isBeyondChance[selves.count + position])
        }
        // The whole is one question of its own, and the first that is asked.
        if !scale.isShare { mark(&self.whole, Self.beyondChance([whole])[0]) }
    }

    /// Without a number of samples nothing is known about chance: then size alone decides.
    private static func beyondChance(_ family: [ComparedChange]) -> [Bool] {
        MultipleComparisons.holm(family.map { $0.probability ?? 0 }).map { $0 <= ProfileComparison.falseAlarmRate }
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
            let isBeyondChance = Self.beyondChance(changes)
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
            if rest.delta * delta > 0, (rest.probability ?? 0) <= ProfileComparison.falseAlarmRate / 10 { continue }
            totals[index].isSignificant = false
            totals[index].isDiluted = true
        }
    }

    /// The smallest change of the whole, or of the share that is hardest to judge, that would almost surely be seen.
    func detectableChange(powerWidth: Double) -> Double? {
        if scale.isShare {
            // A share near one half varies the most.
            let widest = tested.compactMap { index in
                table.comparison(table.rows[index].ownBefore, table.rows[index].ownAfter)?.standardError
            }.max()
            return widest.flatMap { $0.isFinite ? max($0 * (criticalWidth + powerWidth), minimumEffect) : nil }
        }
        guard whole.before > 0, let error = table.wholeComparison?.standardError, error.isFinite else { return nil }
        let width = NormalDistribution.criticalValue(twoSided: ProfileComparison.falseAlarmRate) + powerWidth
        return max(error * width / whole.before, minimumEffect)
    }
}
