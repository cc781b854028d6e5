import PerfStatistics

/// What differs between the recordings of two builds, and how much of that is more than chance.
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
        /// How far runs of one program differ besides sampling, as a ratio; nil for what was measured of programs.
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

    /// What was recorded on one side.
    package struct Side: Sendable {
        /// How many recordings there are.
        package var recordings: Int
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
    /// Where it may be; nil where there is a finding, or no suspicion.
    package let suspectedCause: ComparisonCause?
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
    /// Whether anything is more than sampling noise that one recording of each cannot tell from that of runs.
    package var hasSuspicions: Bool {
        total.isSuspected || functions.contains { $0.own.isSuspected || $0.total.isSuspected }
    }

    /// Half the width of the intervals that are shown, in standard deviations: 95%.
    package static let shownWidth = 1.959963984540054
    /// The chance of any false finding in a comparison of two recordings of the same program.
    ///
    /// Fifty such comparisons without one are then the rule: 90 of 100 series of fifty, and more as the tests overlap.
    static let falseAlarmRate = 0.002
    /// Standard deviations that leave one change in twenty unseen.
    private static let powerWidth = 1.6448536269514722
    /// Dependent changes are looked for at most this many times.
    private static let maximumSteps = 32

    /// Compares one recording of each.
    ///
    /// - Parameters:
    ///   - first: before; already filtered.
    ///   - second: after; already filtered.
    ///   - options: what to compare and how.
    /// - Throws: `ViewError` or `ComparisonError` when the profiles do not answer that question.
    package init(_ first: Profile, _ second: Profile, options: Options = Options()) throws {
        try self.init([first], [second], options: options)
    }

    /// Compares several recordings of each: they show themselves how far runs of the program differ.
    ///
    /// - Parameters:
    ///   - first: before; already filtered; at least one.
    ///   - second: after; already filtered; at least one.
    ///   - options: what to compare and how; operations are those of each recording.
    /// - Throws: `ViewError` or `ComparisonError` when the profiles do not answer that question.
    /// - Complexity: linear in the frames of all profiles, times the number of findings.
    package init(_ first: [Profile], _ second: [Profile], options: Options = Options()) throws {
        let type = try Self.sampleType(first, second, named: options.sampleType)
        func views(_ profiles: [Profile]) throws -> [ProfileView] {
            try profiles.map { profile in
                try ProfileView(
                    profile, valueIndex: profile.sampleTypeIndex(named: type.type), by: options.dimension)
            }
        }
        let (firstViews, secondViews) = (try views(first), try views(second))
        func scale(_ noise: RunNoise) throws -> ComparisonScale {
            var scale = try ComparisonScale(options.normalization, noise: noise, before: first, after: second)
            // Time is counted, not sampled: only where it goes is a matter of chance.
            scale.samplesWhole = type.unit != "nanoseconds"
            return scale
        }
        let isSingle = first.count == 1 && second.count == 1
        let used = try scale(options.noise.map { RunNoise($0) } ?? (isSingle ? .most : .usual))
        let calm = isSingle && options.noise == nil ? try scale(.least) : nil
        let matched = ComparedStacks(firstViews, secondViews)
        let inlined = InliningChanges(
            matched, scale: used, minimumEffect: options.minimumEffect, profiles: (first, second)
        ).functions
        let stacks = matched.dropping(inlined)
        let table = ComparisonTable(stacks, scale: used)
        var findings = Self.findings(stacks, scale: used, minimumEffect: options.minimumEffect)
        if let calm, stacks.countsSamples {
            findings.suspect(Self.findings(stacks, scale: calm, minimumEffect: options.minimumEffect))
        }

        self.options = options
        sampleType = type
        before = Side(firstViews, table.before, scale: used, factor: used.factors.before)
        after = Side(secondViews, table.after, scale: used, factor: used.factors.after)
        noise = used.noise
        total = findings.whole
        criticalWidth = findings.criticalWidth
        detectableChange = findings.detectableChange(powerWidth: Self.powerWidth)
        // What was inlined is shown with its own numbers, but is no finding.
        let original = inlined.isEmpty ? table : ComparisonTable(matched, scale: used)
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
        cause = ComparisonCause(
            functions: functions, whole: findings.whole, table: table, stacks: stacks, scale: used, suspected: false)
        suspectedCause =
            cause != nil
            ? nil
            : ComparisonCause(
                functions: functions, whole: findings.whole, table: table, stacks: stacks, scale: used, suspected: true)
    }

    /// What is more than chance; of values per operation or second also what only their shares show.
    private static func findings(
        _ stacks: ComparedStacks, scale: ComparisonScale, minimumEffect: Double
    ) -> ComparisonFindings {
        let usesShares = !scale.isShare && stacks.countsSamples
        func findings(_ scale: ComparisonScale) -> ComparisonFindings {
            var findings = ComparisonFindings(
                ComparisonTable(stacks, scale: scale), stacks: stacks, scale: scale, minimumEffect: minimumEffect,
                level: usesShares ? falseAlarmRate / 2 : falseAlarmRate)
            if scale.isShare { findings.removeDiluted(stacks, scale: scale, steps: maximumSteps) }
            return findings
        }
        var result = findings(scale)
        guard usesShares else { return result }
        result.adopt(findings(scale.ofShares))
        return result
    }

    /// The value to compare: the same type in all profiles.
    private static func sampleType(
        _ first: [Profile], _ second: [Profile], named name: String?
    ) throws -> Profile.ValueType {
        guard let model = first.first else { return Profile.ValueType(type: "", unit: "") }
        var type = model.sampleTypes[try model.sampleTypeIndex(named: name)]
        let others = Array(first.dropFirst()) + second
        if name != nil {
            for profile in others { _ = try profile.sampleTypeIndex(named: name) }
        }
        // The default of one need not stand in the others: then any that all have.
        if let other = others.first(where: { profile in !profile.sampleTypes.contains { $0.type == type.type } }) {
            let common = model.sampleTypes.last { candidate in
                others.allSatisfy { profile in profile.sampleTypes.contains { $0.type == candidate.type } }
            }
            guard let common else {
                throw ComparisonError.noCommonSampleType(
                    before: model.sampleTypes.map(\.type), after: other.sampleTypes.map(\.type))
            }
            type = common
        }
        for profile in others {
            let unit = profile.sampleTypes[try profile.sampleTypeIndex(named: type.type)].unit
            guard unit == type.unit else {
                throw ComparisonError.differentUnits(type: type.type, before: type.unit, after: unit)
            }
        }
        return type
    }

    private static func direction(_ own: ComparedChange, _ total: ComparedChange) -> Direction {
        guard let change = [own, total].first(where: \.isSignificant) else { return .none }
        if total.before == 0 { return .new }
        if total.after == 0 { return .gone }
        return change.delta > 0 ? .slower : .faster
    }
}

extension ProfileComparison.Side {
    init(_ views: [ProfileView], _ whole: ComparedStacks.Amount, scale: ComparisonScale, factor: Double) {
        recordings = views.count
        total = views.reduce(0) { saturatingSum($0, $1.total) }
        let counts = views.map(\.sampleCount)
        samples = counts.contains(nil) ? nil : counts.reduce(0) { saturatingSum($0, $1 ?? 0) }
        self.factor = !scale.isShare ? factor : whole.value != 0 ? 1 / Double(whole.value) : 0
        let effect = ComparisonTable.designEffect(whole, runs: views.count, correlation: scale.correlation)
        effectiveSamples = whole.tally.effectiveCount / effect
    }
}
