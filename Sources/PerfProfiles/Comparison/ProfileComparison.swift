import PerfStatistics

/// What differs between two profiles, and how much of that is more than chance.
///
/// A value made of two values: reports show it, and whoever finds a regression asks it for the cause.
package struct ProfileComparison: Sendable {
    package struct Options: Hashable, Sendable {
        package var normalization = Normalization.total
        package var dimension = Dimension.function
        /// Name of a sample type; nil for the first profile's default.
        package var sampleType: String?
        /// What a change must be at least to be a finding, as a ratio of the total.
        package var minimumEffect = 0.01
        /// How far runs of one program differ besides sampling, as a ratio; nil for what was measured.
        package var noise: Double?

        package init() {}
    }

    /// What became of a function.
    package enum Direction: String, Sendable {
        case slower, faster, new, gone, none
    }

    package struct Function: Sendable {
        /// Index into `stacks.functions`.
        package var index: Int
        package var frame: ComparedFrame
        /// Without what it calls.
        package var own: ComparedChange
        /// With all that it calls.
        package var total: ComparedChange
        package var direction: Direction
        /// Inlined in one build and not in the other: its time is its caller's there.
        package var isInlinedDifferently = false
    }

    /// What one profile is.
    package struct Side: Sendable {
        package var total: Int64
        /// Nil where the profile does not count samples.
        package var samples: Int64?
        /// What values of this side are multiplied by; of shares, 1 divided by the total.
        package var factor: Double
        /// How many samples of equal weight would say as much.
        package var effectiveSamples: Double
    }

    package let options: Options
    package let sampleType: Profile.ValueType
    package let before: Side
    package let after: Side
    /// The whole; of shares, always 1.
    package let total: ComparedChange
    /// Largest change of self first.
    package let functions: [Function]
    /// Where the change is; nil without a finding.
    package let cause: ComparisonCause?
    package let stacks: ComparedStacks
    /// The smallest change that would almost surely have been seen; nil where the profiles do not count samples.
    ///
    /// Of shares in points of the total as a ratio, else as a ratio of the value before.
    package let detectableChange: Double?
    /// Standard deviations that a single difference must exceed to be a finding.
    package let criticalWidth: Double
    package let noise: RateComparison.Noise

    package var isShare: Bool { options.normalization == .total }
    /// Whether anything is more than chance.
    package var hasFindings: Bool { total.isSignificant || functions.contains { $0.direction != .none } }

    /// Half the width of the intervals that are shown, in standard deviations: 95%.
    package static let shownWidth = 1.959963984540054
    /// The chance of any false finding in a comparison of two recordings of the same program.
    ///
    /// Fifty such comparisons without one are then the rule: 90 of 100 series of fifty, and more as the tests overlap.
    static let falseAlarmRate = 0.002
    /// How far a function's share wanders between recordings of one program, beyond sampling.
    ///
    /// A share p has the standard deviation of this times √(p(1-p)): memory layout, hash seeds and neighbours on the
    /// machine move time between functions. Its square is the correlation between samples of one recording; after
    /// 1 divided by it, more samples say nothing more about the program. Measured on a busy virtual machine, 150 runs of
    /// two programs: 0 to 0.03, median 0.012.
    static let noiseOfFunctions = 0.012
    /// Standard deviation of the time per operation between recordings of one program, beyond sampling, as a ratio.
    ///
    /// Measured as above: 0.024 to 0.033 with other work on the machine.
    static let noiseOfSpeed = 0.025
    /// Standard deviations that leave one change in twenty unseen.
    private static let powerWidth = 1.6448536269514722
    /// Dependent changes are looked for at most this many times.
    private static let maximumSteps = 32

    /// Compares.
    ///
    /// - Parameters:
    ///   - first: before; already filtered.
    ///   - second: after; already filtered.
    ///   - options: what to compare and how.
    /// - Throws: `ViewError` or `ComparisonError` when the profiles do not answer that question.
    /// - Complexity: linear in the frames of both profiles, times the number of findings.
    package init(_ first: Profile, _ second: Profile, options: Options = Options()) throws {
        let (firstIndex, secondIndex) = try Self.sampleTypes(first, second, named: options.sampleType)
        let firstView = try ProfileView(first, valueIndex: firstIndex, by: options.dimension)
        let secondView = try ProfileView(second, valueIndex: secondIndex, by: options.dimension)
        var scale = try ComparisonScale(options.normalization, noise: options.noise, before: first, after: second)
        // Time is counted, not sampled: only where it goes is a matter of chance.
        scale.samplesWhole = firstView.sampleType.unit != "nanoseconds"
        let matched = ComparedStacks(firstView, secondView)
        let inlined = InliningChanges(
            matched, scale: scale, minimumEffect: options.minimumEffect, profiles: (first, second)
        ).functions
        let stacks = matched.dropping(inlined)
        let table = ComparisonTable(stacks, scale: scale)
        var findings = ComparisonFindings(table, stacks: stacks, scale: scale, minimumEffect: options.minimumEffect)
        if scale.isShare { findings.removeDiluted(stacks, scale: scale, steps: Self.maximumSteps) }

        self.options = options
        sampleType = firstView.sampleType
        before = Side(firstView, table.before, scale: scale, factor: scale.factors.before)
        after = Side(secondView, table.after, scale: scale, factor: scale.factors.after)
        noise = scale.noise
        total = findings.whole
        criticalWidth = findings.criticalWidth
        detectableChange = findings.detectableChange(powerWidth: Self.powerWidth)
        // What was inlined is shown with its own numbers, but is no finding.
        let original = inlined.isEmpty ? table : ComparisonTable(matched, scale: scale)
        functions = stacks.functions.indices.map { index in
            let isInlined = inlined.contains(index)
            let own = isInlined ? original.own(index) : findings.own[index]
            let all = isInlined ? original.total(index) : findings.totals[index]
            return Function(
                index: index, frame: stacks.functions[index], own: own, total: all,
                direction: Self.direction(own, all), isInlinedDifferently: isInlined
            )
        }.sorted { left, right in
            let (leftSize, rightSize) = (abs(left.own.delta), abs(right.own.delta))
            if leftSize != rightSize { return leftSize > rightSize }
            return (abs(right.total.delta), left.frame.name) < (abs(left.total.delta), right.frame.name)
        }
        self.stacks = stacks
        cause = ComparisonCause(functions: functions, whole: findings.whole, table: table, stacks: stacks, scale: scale)
    }

    /// The value to compare in each profile: the same type in both.
    private static func sampleTypes(_ first: Profile, _ second: Profile, named name: String?) throws -> (Int, Int) {
        var firstIndex = try first.sampleTypeIndex(named: name)
        _ = try second.sampleTypeIndex(named: name)
        let types = second.sampleTypes.map(\.type)
        // The default of one need not stand in the other: then any that both have.
        if !types.contains(first.sampleTypes[firstIndex].type) {
            guard let common = first.sampleTypes.lastIndex(where: { types.contains($0.type) }) else {
                throw ComparisonError.noCommonSampleType(before: first.sampleTypes.map(\.type), after: types)
            }
            firstIndex = common
        }
        let type = first.sampleTypes[firstIndex]
        let secondIndex = try second.sampleTypeIndex(named: type.type)
        let unit = second.sampleTypes[secondIndex].unit
        guard unit == type.unit else {
            throw ComparisonError.differentUnits(type: type.type, before: type.unit, after: unit)
        }
        return (firstIndex, secondIndex)
    }

    private static func direction(_ own: ComparedChange, _ total: ComparedChange) -> Direction {
        guard let change = [own, total].first(where: \.isSignificant) else { return .none }
        if total.before == 0 { return .new }
        if total.after == 0 { return .gone }
        return change.delta > 0 ? .slower : .faster
    }
}

extension ProfileComparison.Side {
    init(_ view: ProfileView, _ whole: ComparedStacks.Amount, scale: ComparisonScale, factor: Double) {
        total = view.total
        samples = view.sampleCount
        let correlation = scale.correlation
        self.factor = !scale.isShare ? factor : whole.value != 0 ? 1 / Double(whole.value) : 0
        let samples = whole.tally.effectiveCount
        effectiveSamples = samples / max(1, 1 + (samples - 1) * correlation)
    }
}
