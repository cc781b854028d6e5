import PerfModel
import PerfProfiles

/// Two profiles and what was asked about their difference: what formats turn into bytes.
package struct DifferenceReport: Sendable {
    /// The two recordings, each as a report of its own has it: after the filters.
    package let before: Report
    /// As `before`.
    package let after: Report
    package let comparison: ProfileComparison
    package let order: FrameTable.Order
    /// How many rows to show at most; nil leaves it to the format.
    package let limit: Int?
    package let layout: Report.Layout

    /// Compares two profiles.
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
    package init(
        before: (profile: Profile, source: String), after: (profile: Profile, source: String),
        filter: ProfileFilter = ProfileFilter(), options: ProfileComparison.Options = .init(),
        order: FrameTable.Order = .selfValue, limit: Int? = nil, layout: Report.Layout = Report.Layout()
    ) throws {
        let (first, second) = (filter.applied(to: before.profile), filter.applied(to: after.profile))
        let comparison = try ProfileComparison(first, second, options: options)
        func report(_ side: (profile: Profile, source: String)) throws -> Report {
            try Report(
                side.profile, source: side.source, filter: filter, sampleType: comparison.sampleType.type,
                by: options.dimension, order: order, limit: limit, layout: layout)
        }
        self.before = try report(before)
        self.after = try report(after)
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
