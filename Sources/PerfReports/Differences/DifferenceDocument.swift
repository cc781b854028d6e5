import Glibc
import PerfModel
import PerfProfiles
import PerfStatistics

/// The fields of a document of kind `diff`; they are a contract, more may be added.
///
/// Values are normalised: ratios of the total, or units per second or per operation. What is unknown is null.
struct DifferenceDocument: Encodable {
    /// One quantity on both sides.
    struct Change: Encodable {
        var change: ComparedChange

        enum CodingKeys: String, CodingKey {
            case before, after, delta, ratio, ci, probability
            case ratioInterval = "ratio_ci"
            case isSignificant = "significant"
            case isSuspected = "suspected"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(significant(change.before), forKey: .before)
            try container.encode(significant(change.after), forKey: .after)
            try container.encode(significant(change.delta), forKey: .delta)
            try container.encode(change.ratio.map(significant), forKey: .ratio)
            try container.encode(change.interval.map(bounds), forKey: .ci)
            try container.encode(change.ratioInterval.map(bounds), forKey: .ratioInterval)
            try container.encode(change.probability.map(significant), forKey: .probability)
            try container.encode(change.isSignificant, forKey: .isSignificant)
            try container.encode(change.isSuspected, forKey: .isSuspected)
        }

        /// An end that is infinite has no number.
        private func bounds(_ range: ClosedRange<Double>) -> [Double?] {
            [range.lowerBound, range.upperBound].map { $0.isFinite ? significant($0) : nil }
        }
    }

    struct Function: Encodable {
        var function: ProfileComparison.Function

        enum CodingKeys: String, CodingKey {
            case name, module, file, line, change, reason, total
        }

        func encode(to encoder: any Encoder) throws {
            // The fields of self stand at the top: before, after, delta, ratio, ci.
            try Change(change: function.own).encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(function.frame.name, forKey: .name)
            try container.encode(function.frame.module, forKey: .module)
            try container.encode(function.frame.file, forKey: .file)
            try container.encode(function.frame.line, forKey: .line)
            try container.encode(function.direction.rawValue, forKey: .change)
            try container.encode(reason, forKey: .reason)
            try container.encode(Change(change: function.total), forKey: .total)
        }

        /// Why a difference is no finding, or what the finding is of.
        private var reason: String? {
            if function.isInlinedDifferently { return "inlined_differently" }
            if function.own.isSignificant { return "self" }
            if function.total.isSignificant { return "total" }
            if function.own.isSuspected || function.total.isSuspected { return "runs_may_differ_as_much" }
            if function.own.isDiluted || function.total.isDiluted { return "follows_from_others" }
            if function.own.isBelowMinimum || function.total.isBelowMinimum { return "below_minimum" }
            return nil
        }
    }

    struct Side: Encodable {
        var report: Report
        var sources: [String]
        var side: ProfileComparison.Side

        enum CodingKeys: String, CodingKey {
            case source, sources, recordings, target, total, samples, host
            case startedAt = "started_at"
            case duration = "duration_ns"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            let profile = report.profile
            try container.encode(sources[0], forKey: .source)
            try container.encode(sources, forKey: .sources)
            try container.encode(side.recordings, forKey: .recordings)
            try container.encode(profile.extras?.target, forKey: .target)
            try container.encode(side.total, forKey: .total)
            try container.encode(side.samples, forKey: .samples)
            try container.encode(profile.extras?.host, forKey: .host)
            let started = profile.startedAt == 0 ? nil : InternetTime.text(nanosecondsSince1970: profile.startedAt)
            try container.encode(started, forKey: .startedAt)
            try container.encode(profile.duration > 0 ? profile.duration : nil, forKey: .duration)
        }
    }

    struct NormalizationFields: Encodable {
        var normalization: Normalization
        var profiles: (before: Profile, after: Profile)
        var isChosen: Bool

        enum CodingKeys: String, CodingKey {
            case by, before, after
            case isChosen = "is_assumed"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(normalization.name, forKey: .by)
            try container.encode(isChosen, forKey: .isChosen)
            switch normalization {
            case .total:
                break
            case .duration:
                try container.encode(Double(profiles.before.duration) / 1e9, forKey: .before)
                try container.encode(Double(profiles.after.duration) / 1e9, forKey: .after)
            case .operations(let before, let after):
                try container.encode(before, forKey: .before)
                try container.encode(after, forKey: .after)
            }
        }
    }

    struct Cause: Encodable {
        var name: String
        var share: Double?
        var path: [String]

        enum CodingKeys: String, CodingKey {
            case name, path
            case share = "share_ratio"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(path, forKey: .path)
            try container.encode(share.map(significant), forKey: .share)
        }
    }

    let report: DifferenceReport

    init(_ report: DifferenceReport) {
        self.report = report
    }

    enum CodingKeys: String, CodingKey {
        case verdict, headline, normalization, unit, by, before, after, total, functions, cause, filter
        case sampleType = "sample_type"
        case detectable = "mde_ratio"
        case minimumEffect = "minimum_effect_ratio"
        case noise = "noise_ratio"
    }

    func encode(to encoder: any Encoder) throws {
        let comparison = report.comparison
        var container = encoder.container(keyedBy: CodingKeys.self)
        let verdict = comparison.hasFindings ? "changed" : comparison.hasSuspicions ? "uncertain" : "unchanged"
        try container.encode(verdict, forKey: .verdict)
        try container.encode(DifferenceHeadline.sentence(of: report), forKey: .headline)
        try container.encode(
            NormalizationFields(
                normalization: comparison.options.normalization,
                profiles: (report.before.profile, report.after.profile), isChosen: report.isNormalizationChosen),
            forKey: .normalization)
        try container.encode(comparison.sampleType.type, forKey: .sampleType)
        try container.encode(comparison.sampleType.unit, forKey: .unit)
        try container.encode(comparison.options.dimension.name, forKey: .by)
        let (sources, sides) = (report.sources, (comparison.before, comparison.after))
        try container.encode(Side(report: report.before, sources: sources.before, side: sides.0), forKey: .before)
        try container.encode(Side(report: report.after, sources: sources.after, side: sides.1), forKey: .after)
        try container.encode(Change(change: comparison.total), forKey: .total)
        try container.encode(comparison.detectableChange.map(significant), forKey: .detectable)
        try container.encode(comparison.options.minimumEffect, forKey: .minimumEffect)
        try container.encode(comparison.noise.runToRun, forKey: .noise)
        let functions = report.functions
        try container.encode(
            functions.prefix(report.limit ?? functions.count).map { Function(function: $0) }, forKey: .functions)
        let names = comparison.stacks.functions.map(\.name)
        try container.encode(
            comparison.cause.map { cause in
                Cause(name: names[cause.function], share: cause.shareOfChange, path: cause.path.map { names[$0] })
            }, forKey: .cause)
        try container.encode(report.before.filter.options, forKey: .filter)
    }
}

/// Six digits: more would differ between machines whose libraries round differently, and say nothing.
private func significant(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    let scale = pow(10, 5 - log10(abs(value)).rounded(.down))
    let rounded = (value * scale).rounded() / scale
    return rounded.isFinite ? rounded : value
}
