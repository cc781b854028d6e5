import PerfModel
import PerfProfiles

/// The recordings of two builds and what was asked about their difference: what formats turn into bytes.
package final class DifferenceReport: Sendable {
    /// A profile and its file's name.
    package typealias Source = (profile: Profile, source: String)

    /// Both sides, each as a report of its own has it: after the filters, several recordings as one.
    package let before: Report
    /// As `before`.
    package let after: Report
    /// The files' names.
    package let sources: (before: [String], after: [String])
    package let comparison: ProfileComparison
    /// Whether the normalisation was chosen for what the recordings are, not asked for.
    package let isNormalizationChosen: Bool
    package let order: FrameTable.Order
    /// How many rows to show at most; nil leaves it to the format.
    package let limit: Int?
    package let layout: Report.Layout

    /// Compares one recording of each.
    ///
    /// - Parameters:
    ///   - before: as it stands in its file, and that file's name.
    ///   - after: the same of the other.
    ///   - filter: which samples of both it is about.
    ///   - options: what to compare and how.
    ///   - order: what tables are sorted by.
    ///   - limit: rows of tables; nil leaves it to the format.
    ///   - layout: for text.
    /// - Throws: `ViewError` or `ComparisonError` when the profiles do not answer that question.
    package convenience init(
        before: Source, after: Source, filter: ProfileFilter = ProfileFilter(),
        options: ProfileComparison.Options = .init(), order: FrameTable.Order = .selfValue, limit: Int? = nil,
        layout: Report.Layout = Report.Layout()
    ) throws {
        try self.init(
            before: [before], after: [after], filter: filter, options: options, choosesNormalization: false,
            order: order, limit: limit, layout: layout)
    }

    /// Compares the recordings of two builds.
    ///
    /// - Parameters:
    ///   - before: as they stand in their files, and the files' names; at least one.
    ///   - after: the same of the other.
    ///   - filter: which samples of all it is about.
    ///   - options: what to compare and how.
    ///   - choosesNormalization: whether what the recordings are decides about the normalisation.
    ///   - order: what tables are sorted by.
    ///   - limit: rows of tables; nil leaves it to the format.
    ///   - layout: for text.
    /// - Throws: `ViewError` or `ComparisonError` when the profiles do not answer that question.
    package init(
        before: [Source], after: [Source], filter: ProfileFilter = ProfileFilter(),
        options: ProfileComparison.Options = .init(), choosesNormalization: Bool, order: FrameTable.Order = .selfValue,
        limit: Int? = nil, layout: Report.Layout = Report.Layout()
    ) throws {
        var options = options
        if choosesNormalization {
            options.normalization = .natural(before.map(\.profile), after.map(\.profile))
        }
        isNormalizationChosen = choosesNormalization && options.normalization != .total
        let first = before.map { filter.applied(to: $0.profile) }
        let second = after.map { filter.applied(to: $0.profile) }
        let comparison = try ProfileComparison(first, second, options: options)
        func report(_ profiles: [Profile], _ sources: [String]) throws -> Report {
            let source = sources.count == 1 ? sources[0] : "\(sources[0]) and \(sources.count - 1) more"
            return try Report(
                Profile.joined(profiles), source: source, filter: filter, sampleType: comparison.sampleType.type,
                by: options.dimension, order: order, limit: limit, layout: layout)
        }
        sources = (before.map(\.source), after.map(\.source))
        self.before = try report(first, sources.before)
        self.after = try report(second, sources.after)
        self.comparison = comparison
        self.order = order
        self.limit = limit
        self.layout = layout
    }

    /// In the order that was asked for, largest change first, without those that are nowhere.
    var functions: [ProfileComparison.Function] {
        guard order == .total else { return comparison.functions }
        return comparison.functions.sorted { left, right in
            let (leftSize, rightSize) = (abs(left.total.delta), abs(right.total.delta))
            return leftSize == rightSize ? left.frame.name < right.frame.name : leftSize > rightSize
        }
    }

    /// What a value of the first profile is multiplied by to be comparable with one of the second.
    var scaleOfBefore: Double {
        comparison.after.factor > 0 && comparison.before.factor > 0
            ? comparison.before.factor / comparison.after.factor : 1
    }
}

extension DifferenceReport {
    /// Whether values are exact: blocks of a heap are counted, not sampled, unless that was asked for.
    var isCounted: Bool {
        [before, after].allSatisfy { $0.profile.extras?.heap.map { $0.sampleBytes == nil } ?? false }
    }
}
