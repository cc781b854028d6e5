import ArgumentParser
import PerfModel
import PerfProfiles
import PerfReports

/// What to compare of two profiles and how.
struct DiffOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Compare per operation: how many there were, as N for both or N,M for before and after.", valueName: "n"))
    var per: OperationCounts?

    @Option(
        help: ArgumentHelp(
            "Compare shares of the 'total' or values per second of the recording's 'duration'.", valueName: "what"))
    var normalize: SimpleNormalization?

    @Option(
        help: ArgumentHelp(
            "Form of the report: \(DifferenceFormats.all.map { $0.id }.joined(separator: ", ")).", valueName: "name"))
    var format = "text"

    @Option(help: ArgumentHelp("What to sum up by: function, line, module.", valueName: "dimension"))
    var by = "function"

    @Option(help: ArgumentHelp("Which value to compare, where the profiles have several.", valueName: "type"))
    var sampleType: String?

    @Option(
        help: ArgumentHelp(
            "Sort by the change of 'self' (what a function does itself) or 'total' (with all it calls).",
            valueName: "order"))
    var sort = FrameTable.Order.selfValue

    @Option(help: ArgumentHelp("How many rows to show.", valueName: "n"))
    var top: Int?

    @Option(
        help: ArgumentHelp(
            "Only samples in which a function, file or module matches this regular expression.", valueName: "regex"))
    var focus: String?

    @Option(
        help: ArgumentHelp(
            "No samples in which a function, file or module matches this regular expression.", valueName: "regex"))
    var ignore: String?

    @Option(help: ArgumentHelp("Only threads whose name or id matches this regular expression.", valueName: "regex"))
    var thread: String?

    @Option(
        help: ArgumentHelp(
            "Smallest change that is a finding, in percent of the total (1); of probes, of a latency (25).",
            valueName: "percent"))
    var minimum: Double?

    @Option(
        help: ArgumentHelp(
            "How far runs of one program differ besides sampling, in percent: 1 on a quiet machine (3 for single runs).",
            valueName: "percent"))
    var noise: Double?

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Flag(name: .shortAndLong, help: "Full names, whatever the width.")
    var verbose = false

    func validate() throws {
        if per != nil, normalize != nil { throw ValidationError("--per and --normalize exclude each other") }
        if let top, top < 1 { throw ValidationError("--top must be at least 1, not \(top)") }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
        for (name, value) in [("--minimum", minimum), ("--noise", noise)] {
            if let value, !(0...100).contains(value) {
                throw ValidationError("\(name) must be from 0 to 100, not \(value)")
            }
        }
        if Dimension(name: by).isLabel {
            throw ValidationError("--by takes function, line or module, not '\(by.printable)'")
        }
    }

    /// The comparison that was asked for.
    ///
    /// - Parameters:
    ///   - before: profiles and their files' names.
    ///   - after: the same of the other side.
    ///   - context: says how wide and colourful text may be.
    ///   - isFile: whether the report goes to a file instead of standard output.
    /// - Returns: what a format turns into bytes.
    /// - Throws: what the user asked for that the profiles cannot give.
    func report(
        before: [DifferenceReport.Source], after: [DifferenceReport.Source],
        in context: CommandContext, toFile isFile: Bool
    ) throws -> DifferenceReport {
        var comparison = ProfileComparison.Options()
        if let per {
            comparison.normalization = .operations(before: per.before, after: per.after)
        } else if normalize == .duration {
            comparison.normalization = .duration
        }
        comparison.dimension = Dimension(name: by)
        comparison.sampleType = sampleType
        if let minimum { comparison.minimumEffect = minimum / 100 }
        comparison.noise = noise.map { $0 / 100 }
        let filter = ProfileFilter(
            focus: try focus.map { text throws(ViewError) in try NamePattern(text, option: "--focus") },
            ignore: try ignore.map { text throws(ViewError) in try NamePattern(text, option: "--ignore") },
            thread: try thread.map { text throws(ViewError) in try NamePattern(text, option: "--thread") }
        )
        return try DifferenceReport(
            before: before, after: after, filter: filter, options: comparison,
            choosesNormalization: per == nil && normalize == nil, order: sort, limit: top,
            layout: layout(in: context, toFile: isFile)
        )
    }

    func layout(in context: CommandContext, toFile isFile: Bool) -> Report.Layout {
        Report.Layout(
            width: width ?? (isFile ? nil : context.outputColumns), usesColor: !isFile && context.usesColor,
            isVerbose: verbose)
    }

    /// Probes have neither functions nor operations: an option that would do nothing is an error.
    func checkForProbes() throws {
        let given: [(name: String, isGiven: Bool)] = [
            ("--per", per != nil), ("--normalize", normalize != nil), ("--by", by != "function"),
            ("--sample-type", sampleType != nil), ("--focus", focus != nil), ("--ignore", ignore != nil),
            ("--thread", thread != nil), ("--noise", noise != nil), ("--top", top != nil),
        ]
        if let option = given.first(where: { $0.isGiven }) {
            throw ValidationError("\(option.name) is of profiles, and these are probes")
        }
        guard format == "text" || format == "json" else {
            throw ValidationError("two probes are compared as text or json, not as \(format.printable)")
        }
    }
}

/// The normalisations that need no number.
enum SimpleNormalization: String, ExpressibleByArgument, CaseIterable {
    case total, duration
}

/// How many operations each profile stands for: `N` or `N,M`.
struct OperationCounts: ExpressibleByArgument, Hashable {
    var before: Double
    var after: Double

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard (1...2).contains(parts.count), let first = parts.first ?? nil, let last = parts.last ?? nil,
            [first, last].allSatisfy({ $0 > 0 && $0.isFinite && $0 <= 1e18 })
        else { return nil }
        before = first
        after = last
    }

    var defaultValueDescription: String { before == after ? "\(before)" : "\(before),\(after)" }
}
