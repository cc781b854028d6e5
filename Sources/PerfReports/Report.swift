import PerfModel
import PerfProfiles

/// A profile and everything that was asked about it: what formats turn into bytes.
///
/// A class, since it never changes and many hold it: as a value, each holder would carry all its code for copies.
package final class Report: Sendable {
    /// How text is laid out.
    package struct Layout: Hashable, Sendable {
        /// Columns of the terminal; nil when the text goes to a file or a pipe: nothing is shortened then.
        package var width: Int?
        package var usesColor: Bool
        /// Full names, whatever the width.
        package var isVerbose: Bool

        /// A function's name as text shows it: printable, and readable unless the full one was asked for.
        func shown(_ name: String) -> String {
            isVerbose ? name.printable : ReadableName.of(name.printable)
        }

        package init(width: Int? = nil, usesColor: Bool = false, isVerbose: Bool = false) {
            self.width = width
            self.usesColor = usesColor
            self.isVerbose = isVerbose
        }
    }

    /// After the filters.
    package let profile: Profile
    /// Where the profile came from, as the user named it; `"-"` for standard input.
    package let source: String
    package let filter: ProfileFilter
    /// By the dimension that was asked for; by a label, each stack is one frame.
    package let view: ProfileView
    package let order: FrameTable.Order
    /// How many rows to show at most; nil leaves it to the format.
    package let limit: Int?
    /// Total of the same sample type before the filters.
    package let unfilteredTotal: Int64
    /// What the filter dropped because it was a wait for work.
    package let hiddenIdle: Int64
    /// The waits of a recording of both, beside a report about CPU time; nil for any other.
    package let waits: Waits?
    package let layout: Layout
    /// Whether nothing was asked for in particular: a heap profile is then shown as a whole.
    package let isOverview: Bool
    /// Where annotated source comes from.
    package let sources: any SourceTextProvider

    /// Prepares a report.
    ///
    /// - Parameters:
    ///   - profile: as it stands in the file.
    ///   - source: the file's name.
    ///   - filter: which samples it is about.
    ///   - sampleType: the name of a sample type; nil for the profile's default.
    ///   - dimension: what to sum up by; nil for functions.
    ///   - order: what tables are sorted by; nil for their own values.
    ///   - limit: rows of tables; nil leaves it to the format.
    ///   - layout: for text.
    ///   - sources: where source files come from.
    /// - Throws: ``ViewError`` when the profile has no such sample type or dimension.
    package init(
        _ profile: Profile, source: String, filter: ProfileFilter = ProfileFilter(), sampleType: String? = nil,
        by dimension: Dimension? = nil, order: FrameTable.Order? = nil, limit: Int? = nil,
        layout: Layout = Layout(), sources: any SourceTextProvider = NoSourceText()
    ) throws(ViewError) {
        let valueIndex = try profile.sampleTypeIndex(named: sampleType)
        if let window = filter.time {
            guard let timeline = profile.timeline else { throw .noTimeline }
            guard window.clamped(to: timeline.range) != nil else {
                throw .windowOutside(window.text, range: timeline.range)
            }
        }
        self.profile = filter.applied(to: profile)
        self.source = source
        self.filter = filter
        self.view = try ProfileView(self.profile, valueIndex: valueIndex, by: dimension ?? .function)
        self.order = order ?? .selfValue
        self.limit = limit
        self.unfilteredTotal = filter.isEmpty ? view.total : profile.total(ofValue: valueIndex)
        self.hiddenIdle = Self.hiddenIdle(of: profile, value: valueIndex, filter: filter)
        self.waits = try Self.waits(of: profile, filtered: self.profile, beside: valueIndex, filter: filter)
        self.layout = layout
        self.isOverview = sampleType == nil && dimension == nil && order == nil
        self.sources = sources
    }

    private static func waits(
        of profile: Profile, filtered: Profile, beside valueIndex: Int, filter: ProfileFilter
    ) throws(ViewError) -> Waits? {
        guard profile.sampleTypes[valueIndex].type == "cpu",
            let index = profile.sampleTypes.firstIndex(where: { $0.type == "off_cpu" })
        else { return nil }
        return Waits(
            view: try ProfileView(filtered, valueIndex: index),
            hiddenIdle: hiddenIdle(of: profile, value: index, filter: filter))
    }

    /// What would be left if waits for work were shown.
    private static func hiddenIdle(of profile: Profile, value: Int, filter: ProfileFilter) -> Int64 {
        guard filter.hidesIdle else { return 0 }
        guard !filter.options.isEmpty else { return profile.idleTotal(ofValue: value) }
        var shown = filter
        shown.hidesIdle = false
        return shown.applied(to: profile).idleTotal(ofValue: value)
    }

    /// What threads waited for while they did not run.
    package struct Waits {
        package let view: ProfileView
        /// What the filter dropped because it was a wait for work.
        package let hiddenIdle: Int64
    }

    package var sampleType: Profile.ValueType { view.sampleType }

    /// The view for call trees, flame graphs and folded stacks.
    ///
    /// By a label, that is a stack of functions below a frame with the label's value.
    package func stackView() throws(ViewError) -> ProfileView {
        guard view.dimension.isLabel else { return view }
        return try ProfileView(profile, valueIndex: view.valueIndex, by: .function, root: view.dimension)
    }
}
