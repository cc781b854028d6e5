import Glibc
import PerfStatistics

/// What pairs of runs say after the looks that they are enough for.
///
/// At each look the typical difference is estimated with its signed-rank interval. It fails where the lower bound is
/// above the tolerance, passes where the upper bound is below the effect, and otherwise wants more pairs, until the cap.
/// The first look that decides is the decision, whatever pairs follow.
///
/// The random order within each pair is what makes the levels hold: noise that drifts from run to run then falls on
/// either side alike. It does not help against noise that stays with one program over many pairs: with a correlation of
/// 0.7 from pair to pair and a deviation of 2 (5) percent, 1.4 (7) of 100 simulated gates failed without a change.
package struct PairedDecision: Sendable {
    package enum Outcome: Hashable, Sendable {
        case pass, fail
        /// Pairs that there must be at the next look.
        case more(next: Int)
        /// All pairs were not enough.
        case inconclusive
        case invalid(Reason)
    }

    /// Why runs cannot be trusted.
    package enum Reason: Hashable, Sendable {
        /// Two copies of base differed.
        case control
        /// The second copy of base was not measured as often as the pairs.
        case controlIncomplete
        /// A value that is no number, or infinite.
        case notANumber
        /// A value below zero: of such values there is no ratio.
        case negative
    }

    package let outcome: Outcome
    /// Pairs that decided; warm-up pairs are none.
    package let count: Int
    /// Links that those pairs are of; nil where programs are linked once.
    package let layoutCount: Int?
    /// Medians of the pairs that decided.
    package let base: Double?
    package let head: Double?
    /// Head by base, typically; nil where base is zero or nothing can be said.
    package let ratio: Double?
    /// The bounds of the ratio that decided.
    ///
    /// The end towards better has the level of failing, the end towards worse that of passing. Nil where the pairs are
    /// too few to bound it.
    package let interval: ClosedRange<Double>?
    /// The smallest worsening, as a ratio above 1, that these pairs would have found in 95 of 100 cases.
    package let detectableRatio: Double?
    /// Better by more than the tolerance, as surely as a regression would have to be worse.
    package let isImproved: Bool
    package let plan: GatePlan

    /// - Parameters:
    ///   - pairs: in the order in which they were measured, without warm-up; the order within each was random.
    ///   - control: a second copy of base in place of head, of the same rounds; nil for no control.
    ///   - polarity: which values are worse.
    ///   - plan: what is a change, and when is looked.
    package init(
        pairs: [MeasuredPair], control: [MeasuredPair]? = nil, polarity: MetricSeries.Polarity, plan: GatePlan
    ) {
        var last = Self.lastLook(pairs, control: control, polarity: polarity, plan: plan)
        let seen = pairs.prefix(last.differences?.pairCount ?? pairs.count)
        if last.differences == nil {
            // Before the first look: typical values and the estimate only, unless they are no values at all.
            let early = Look(seen, polarity: polarity, plan: plan)
            if case .invalid = early.outcome { last.outcome = early.outcome }
            if !seen.isEmpty { last.differences = early.differences }
        }
        outcome = last.outcome
        count = seen.count
        let layouts = Set(seen.compactMap(\.layout))
        layoutCount = layouts.isEmpty ? nil : layouts.count
        self.plan = plan
        let areNumbers = !seen.isEmpty && seen.allSatisfy { $0.base.isFinite && $0.head.isFinite }
        base = areNumbers ? PairedDifferences.median(seen.map(\.base)) : nil
        head = areNumbers ? PairedDifferences.median(seen.map(\.head)) : nil
        guard let differences = last.differences, let estimate = SignedRankEstimate(differences.values) else {
            (ratio, interval, detectableRatio, isImproved) = (nil, nil, nil, false)
            return
        }
        ratio = differences.ratio(of: estimate.estimate)
        let low = estimate.lowerBound(level: plan.failLevelOfLook)
        let high = estimate.upperBound(level: plan.passLevelOfLook)
        let ends = [low, high].compactMap { differences.ratio(of: $0) }.sorted()
        interval = ends.count == 2 ? ends[0]...ends[1] : nil
        detectableRatio = Self.detectable(estimate, on: differences.scale, plan: plan)
        let tolerance = plan.limits(on: differences.scale).tolerance
        isImproved =
            differences.scale != .fromZero
            && estimate.isBelow(-tolerance, level: plan.failLevelOfLook)
    }

    /// The outcome alone, which takes a small part of the time.
    package static func outcome(
        of pairs: [MeasuredPair], control: [MeasuredPair]? = nil, polarity: MetricSeries.Polarity, plan: GatePlan
    ) -> Outcome {
        lastLook(pairs, control: control, polarity: polarity, plan: plan).outcome
    }

    private static func lastLook(
        _ pairs: [MeasuredPair], control: [MeasuredPair]?, polarity: MetricSeries.Polarity, plan: GatePlan
    ) -> Look {
        var last = Look(outcome: .more(next: plan.looks[0]))
        for look in plan.looks where look <= pairs.count {
            last = Look(pairs.prefix(look), polarity: polarity, plan: plan)
            if let control {
                if control.count < look { last.outcome = .invalid(.controlIncomplete) }
                if differs(control.prefix(look), plan: plan) { last.outcome = .invalid(.control) }
            }
            guard case .more = last.outcome else { break }
        }
        return last
    }

    /// One look.
    private struct Look {
        var outcome: Outcome
        var differences: PairedDifferences?

        init(outcome: Outcome) { self.outcome = outcome }

        init(_ pairs: ArraySlice<MeasuredPair>, polarity: MetricSeries.Polarity, plan: GatePlan) {
            do throws(PairedDifferences.Problem) {
                let differences = try PairedDifferences(pairs, polarity: polarity)
                self.differences = differences
                outcome = Self.judged(differences, plan: plan)
            } catch {
                outcome = .invalid(error == .notANumber ? .notANumber : .negative)
            }
        }

        private static func judged(_ differences: PairedDifferences, plan: GatePlan) -> Outcome {
            let next = plan.looks.first { $0 > differences.pairCount }
            let undecided = next.map { Outcome.more(next: $0) } ?? .inconclusive
            guard let estimate = SignedRankEstimate(differences.values) else { return undecided }
            guard differences.scale != .fromZero else {
                // Any ratio of nothing is nothing: worse is what is above zero, and no worse what is not.
                if estimate.isAbove(0, level: plan.failLevelOfLook) { return .fail }
                return estimate.upperBound(level: plan.passLevelOfLook) <= 0 ? .pass : undecided
            }
            let (tolerance, effect) = plan.limits(on: differences.scale)
            if estimate.isAbove(tolerance, level: plan.failLevelOfLook) { return .fail }
            return estimate.isBelow(effect, level: plan.passLevelOfLook) ? .pass : undecided
        }
    }

    /// Whether two copies of one program differ, in either direction, as surely as a regression would have to.
    private static func differs(_ pairs: ArraySlice<MeasuredPair>, plan: GatePlan) -> Bool {
        guard !pairs.isEmpty else { return false }
        return MetricSeries.Polarity.allCases.contains { polarity in
            switch Look(pairs, polarity: polarity, plan: plan).outcome {
            case .fail, .invalid: true
            case .pass, .more, .inconclusive: false
            }
        }
    }

    /// From the width of the interval, which heavy tails do not blow up as they do a standard deviation.
    private static func detectable(
        _ estimate: SignedRankEstimate, on scale: PairedDifferences.Scale, plan: GatePlan
    ) -> Double? {
        let level = plan.failLevelOfLook
        let width = (estimate.upperBound(level: level) - estimate.lowerBound(level: level)) / 2
        guard scale != .fromZero, width.isFinite else { return nil }
        let error = width / NormalDistribution.criticalValue(twoSided: 2 * level)
        let change = plan.limits(on: scale).tolerance + error * GatePlan.deviations(level: level, power: 0.95)
        let ratio = scale == .ratio ? exp(change) : 1 + change
        return ratio.isFinite ? ratio : nil
    }
}
