import PerfModel
import PerfStatistics

/// What differs between two probes of the same targets, and what of it is more than chance within a probe.
///
/// Quantiles are bounded by order statistics; answers that are slow at the same time count as few, since a stall is one
/// event however many questions were due in it. How far probes of one server differ from hour to hour, two documents
/// cannot show: a change has to be larger than ``Options/minimum`` as well.
package struct ProbeComparison: Sendable {
    package struct Options: Sendable {
        /// The smallest change of a latency that is told, as a ratio of the one before.
        package var minimum = 0.25
        /// And in nanoseconds: below, the sleep of a CPU decides.
        package var leastNanoseconds = 50_000.0

        package init() {}
    }

    package enum Direction: String, Sendable {
        case slower, faster, none
    }

    /// A quantile on both sides.
    package struct Quantile: Hashable, Sendable {
        /// 0...1.
        package var ratio: Double
        /// Nanoseconds.
        package var before: Double
        package var after: Double
        /// Nil where there are too few answers for it, or where they came all at once.
        package var intervalBefore: ClosedRange<Double>?
        package var intervalAfter: ClosedRange<Double>?
        package var direction: Direction
        /// Whether it changed by less than what is told.
        package var isBelowMinimum: Bool

        /// After by before.
        package var change: Double { before > 0 ? after / before : 1 }
        /// Whether it is known well enough on both sides to say anything.
        package var isKnown: Bool { intervalBefore != nil && intervalAfter != nil }
        /// The least and the most that the change can be; nil where it is not known.
        package var changeInterval: ClosedRange<Double>? {
            guard let intervalBefore, let intervalAfter, intervalBefore.lowerBound > 0 else { return nil }
            return
                (intervalAfter.lowerBound / intervalBefore.upperBound)...(intervalAfter.upperBound
                / intervalBefore.lowerBound)
        }
    }

    /// The share of questions without an answer on both sides.
    package struct Loss: Hashable, Sendable {
        package var before: Double
        package var after: Double
        package var differenceInterval: ClosedRange<Double>
        package var probability: Double
        package var isSignificant: Bool
    }

    package struct CheckChange: Hashable, Sendable {
        package enum Kind: String, Sendable {
            case appeared, gone, worse, better
            /// It was there and could not be looked for, or the other way round.
            case unknown
        }

        package var id: String
        package var subject: String
        package var kind: Kind
        package var before: Severity?
        package var after: Severity?
    }

    package struct Target: Sendable {
        package var before: ProbeRecord.Target
        package var after: ProbeRecord.Target
        /// Why latencies cannot be compared; nil where they can.
        package var incomparable: String?
        package var quantiles: [Quantile]
        package var loss: Loss?
        /// Nil where one of the documents does not tell what was checked.
        package var checks: [CheckChange]?
        /// It answered on one side only.
        package var stopped: Bool
        package var started: Bool

        package var hasChanged: Bool {
            stopped || started || quantiles.contains { $0.direction != .none } || loss?.isSignificant == true
                || checks?.contains { $0.kind != .unknown } == true
        }
    }

    package let before: ProbeRecord
    package let after: ProbeRecord
    package let options: Options
    /// Targets that both have, in the order of the first.
    package let targets: [Target]
    package let onlyBefore: [ProbeRecord.Target]
    package let onlyAfter: [ProbeRecord.Target]

    package init(before: ProbeRecord, after: ProbeRecord, options: Options = Options()) {
        self.before = before
        self.after = after
        self.options = options
        var left = after.targets
        var (targets, alone): ([Target], [ProbeRecord.Target]) = ([], [])
        for one in before.targets {
            // A name may have come to another address meanwhile: then the name decides, where it has one only.
            let same = left.firstIndex { $0.url == one.url && $0.address == one.address }
            let alike = left.indices.filter { left[$0].url == one.url }
            let isOnly = before.targets.count { $0.url == one.url } == 1 && alike.count == 1
            guard let index = same ?? (isOnly ? alike.first : nil) else {
                alone.append(one)
                continue
            }
            targets.append(Self.compared(one, left.remove(at: index), options))
        }
        self.targets = targets
        (onlyBefore, onlyAfter) = (alone, left)
    }

    package var hasChanges: Bool { targets.contains { $0.hasChanged } }
    /// Whether anything could be compared at all.
    package var isComparable: Bool {
        targets.contains { $0.incomparable == nil || $0.hasChanged }
    }

    // MARK: one target

    /// Beyond either end of an interval: two that do not overlap are one chance in some thousands.
    private static let level = 0.005
    package static let ratios = [0.5, 0.9, 0.95, 0.99, 0.999]

    private static func compared(
        _ before: ProbeRecord.Target, _ after: ProbeRecord.Target, _ options: Options
    ) -> Target {
        var target = Target(
            before: before, after: after, incomparable: nil, quantiles: [], loss: nil,
            checks: checks(before.checks, after.checks), stopped: false, started: false)
        if let reason = obstacle(before, after) {
            target.incomparable = reason
            return target
        }
        target.stopped = before.received > 0 && after.received == 0 && after.sent > 0
        target.started = before.received == 0 && after.received > 0 && before.sent > 0
        target.loss = loss(before, after)
        guard before.received > 0, after.received > 0 else {
            target.incomparable =
                before.received == 0 && after.received == 0
                ? "nothing was answered, before and after: \(after.error ?? "no reason is known")"
                : "nothing was answered \(before.received == 0 ? "before" : "after")"
            return target
        }
        guard let first = before.latencies, let second = after.latencies else {
            let which = before.latencies == nil ? "before" : "after"
            target.incomparable =
                "the document \(which) has percentiles alone: without the latencies behind them nobody can say how certain"
                + " they are; probe again with this version"
            return target
        }
        let counts = (independence(before), independence(after))
        target.quantiles = ratios.compactMap { ratio in
            // As in reports, a percentile takes an answer beyond it.
            guard ratio == 0.5 || Double(min(first.count, second.count)) * (1 - ratio) >= 1 - 1e-9 else { return nil }
            return quantile(ratio, (first, counts.0(ratio)), (second, counts.1(ratio)), options)
        }
        if !target.quantiles.contains(where: \.isKnown) {
            target.incomparable =
                "too few answers (\(before.received) before, \(after.received) after) for any percentile to be known"
        }
        return target
    }

    /// What makes any comparison meaningless.
    private static func obstacle(_ before: ProbeRecord.Target, _ after: ProbeRecord.Target) -> String? {
        for (one, when) in [(before, "before"), (after, "after")] where one.verdict == "invalid" {
            return "INVALID \(when): \(one.error ?? "the prober was too slow itself")"
        }
        if let first = before.method, let second = after.method, first != second {
            return "asked in another way: \(first) before, \(second) after"
        }
        return nil
    }

    private static func quantile(
        _ ratio: Double, _ before: (latencies: LatencyHistogram, effective: Double),
        _ after: (latencies: LatencyHistogram, effective: Double), _ options: Options
    ) -> Quantile {
        var quantile = Quantile(
            ratio: ratio, before: before.latencies.quantile(ratio), after: after.latencies.quantile(ratio),
            intervalBefore: before.latencies.interval(of: ratio, effective: before.effective, level: level),
            intervalAfter: after.latencies.interval(of: ratio, effective: after.effective, level: level),
            direction: .none, isBelowMinimum: false)
        guard let first = quantile.intervalBefore, let second = quantile.intervalAfter else { return quantile }
        let isSlower = second.lowerBound > first.upperBound
        guard isSlower || second.upperBound < first.lowerBound else { return quantile }
        let (small, large) = (min(quantile.before, quantile.after), max(quantile.before, quantile.after))
        if large - small >= options.leastNanoseconds, large >= small * (1 + options.minimum) {
            quantile.direction = isSlower ? .slower : .faster
        } else {
            quantile.isBelowMinimum = true
        }
        return quantile
    }

    /// For a quantile, the number of independent answers that say as much.
    ///
    /// Answers above a quantile that come in fewer runs of moments than chance would make are fewer events than
    /// answers. Source: the runs test of A. Wald, J. Wolfowitz, "On a Test Whether Two Samples are from the Same
    /// Population", Annals of Mathematical Statistics 11 (1940) 147-162, for moments of several answers.
    private static func independence(_ target: ProbeRecord.Target) -> (Double) -> Double {
        { ratio in
            let moments = target.moments.filter { $0.answered > 0 }
            guard let latencies = target.latencies, moments.count > 1 else { return Double(target.received) }
            let limit = latencies.quantile(ratio)
            let isAbove = moments.map { $0.most > limit * 1.001 }
            let runs = zip([false] + isAbove, isAbove).count { !$0 && $1 }
            // The share of moments with one above, were answers independent; a run begins after a moment without.
            let chances = moments.map { 1 - power(ratio, $0.answered) }
            let expected = zip([0] + chances, chances).reduce(0) { $0 + (1 - $1.0) * $1.1 }
            guard expected > 0 else { return Double(target.received) }
            return Double(target.received) * min(1, Double(runs) / expected)
        }
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }

    // MARK: losses

    private static func loss(_ before: ProbeRecord.Target, _ after: ProbeRecord.Target) -> Loss? {
        guard before.sent > 0, after.sent > 0 else { return nil }
        func side(_ one: ProbeRecord.Target) -> RateComparison.Side {
            let lost = Double(one.sent - one.received)
            return RateComparison.Side(value: lost / Double(one.sent), samples: lost, exposure: Double(one.sent))
        }
        // A burst of losses is one event.
        let noise = RateComparison.Noise(dispersion: max(dispersion(before), dispersion(after)))
        let comparison = RateComparison(before: side(before), after: side(after), model: .share, noise: noise)
        let probability = comparison.probability
        let interval = comparison.differenceInterval(z: 2.576)
        return Loss(
            before: comparison.before.value, after: comparison.after.value, differenceInterval: interval,
            probability: probability,
            isSignificant: probability < 0.001 && abs(comparison.difference) >= 0.005)
    }

    /// Losses by runs of moments with losses, 1 where each came alone.
    private static func dispersion(_ target: ProbeRecord.Target) -> Double {
        let lost = target.moments.reduce(0) { $0 + $1.lost }
        guard lost > 0, lost < target.sent else { return 1 }
        let isLossy = target.moments.filter { $0.answered + $0.lost > 0 }.map { $0.lost > 0 }
        let runs = zip([false] + isLossy, isLossy).count { !$0 && $1 }
        return max(1, Double(lost) / Double(max(1, runs)))
    }

    // MARK: checks

    private static func checks(_ before: [ProbeRecord.Check]?, _ after: [ProbeRecord.Check]?) -> [CheckChange]? {
        guard let before, let after, !before.isEmpty, !after.isEmpty else { return nil }
        var changes: [CheckChange] = []
        func found(_ checks: [ProbeRecord.Check]) -> [ProbeRecord.Check] { checks.filter { $0.severity != nil } }
        /// Whether a check had its say: one that is absent was not asked.
        func isSeen(_ id: String, in checks: [ProbeRecord.Check]) -> Bool {
            checks.contains { $0.id == id && !$0.isUnmeasured }
        }
        for one in found(before) {
            if let other = found(after).first(where: { $0.id == one.id && $0.subject == one.subject }) {
                guard let (first, second) = both(one.severity, other.severity), first != second else { continue }
                changes.append(
                    CheckChange(
                        id: one.id, subject: one.subject, kind: second > first ? .worse : .better, before: first,
                        after: second))
            } else {
                changes.append(
                    CheckChange(
                        id: one.id, subject: one.subject, kind: isSeen(one.id, in: after) ? .gone : .unknown,
                        before: one.severity, after: nil))
            }
        }
        for one in found(after)
        where !found(before).contains(where: { $0.id == one.id && $0.subject == one.subject }) {
            changes.append(
                CheckChange(
                    id: one.id, subject: one.subject, kind: isSeen(one.id, in: before) ? .appeared : .unknown,
                    before: nil, after: one.severity))
        }
        return changes
    }

    private static func both(_ first: Severity?, _ second: Severity?) -> (Severity, Severity)? {
        guard let first, let second else { return nil }
        return (first, second)
    }
}
