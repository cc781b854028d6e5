import ArgumentParser
import PerfModel
import PerfProfiles
import PerfReports

/// What to show of a profile and how.
struct ReportOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Form of the report: \(ReportFormats.all.map { $0.id }.joined(separator: ", ")).", valueName: "name"))
    var format = "text"

    @Option(
        help: ArgumentHelp(
            "What to sum up by: function, line, module, or a label of the samples such as thread, process, task, type; "
                + "functions unless given.",
            valueName: "dimension"
        )
    )
    var by: String?

    @Option(help: ArgumentHelp("Which value to show, where the profile has several.", valueName: "type"))
    var sampleType: String?

    @Option(
        help: ArgumentHelp(
            "Sort by 'self' (what a function does itself) or 'total' (with all it calls); self unless given.",
            valueName: "order"))
    var sort: FrameTable.Order?

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

    @Flag(help: "Waits for work as well: event loops and idle workers, which are hidden unless given.")
    var idle = false

    @Option(
        help: ArgumentHelp(
            "Only this part of a recording with times (record --timeline): 2.5,3 or 500ms,1s or ,3s since it began.",
            valueName: "from,to"))
    var time: String?

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Option(
        name: .customLong("source-path"),
        help: ArgumentHelp(
            "Where source files are here that the profile names otherwise; may be repeated.", valueName: "from=to"))
    var sourcePaths: [String] = []

    @Flag(name: .shortAndLong, help: "Full names, whatever the width.")
    var verbose = false

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top must be at least 1, not \(top)") }
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
        for path in sourcePaths where !path.dropFirst().contains("=") {
            throw ValidationError("--source-path takes FROM=TO, not '\(path.printable)'")
        }
    }

    /// The profile in the form that was asked for.
    ///
    /// - Parameters:
    ///   - profile: what to report on.
    ///   - source: its file's name.
    ///   - context: says how wide and colourful text may be.
    ///   - isFile: whether the bytes go to a file instead of standard output.
    /// - Returns: the bytes of the report.
    /// - Throws: what the user asked for that the profile or the format cannot give.
    func bytes(of profile: Profile, source: String, in context: CommandContext, toFile isFile: Bool) throws -> [UInt8] {
        let format = try ReportFormats.format(named: format)
        let isTerminal = !isFile && context.outputColumns != nil
        if format.isBinary, isTerminal { throw BinaryOutputError(format: format.id) }
        let layout = Report.Layout(
            width: width ?? (isFile ? nil : context.outputColumns), usesColor: !isFile && context.usesColor,
            isVerbose: verbose
        )
        var filter = ProfileFilter(
            focus: try pattern(focus, "--focus"), ignore: try pattern(ignore, "--ignore"),
            thread: try pattern(thread, "--thread"),
            time: try time.map { text throws(ViewError) in
                try TimeWindow(parsing: text)
            }
        )
        filter.hidesIdle = !idle && profile.hasWaits
        let report = try Report(
            profile, source: source, filter: filter, sampleType: sampleType, by: by.map(Dimension.init(name:)),
            order: sort,
            limit: top, layout: layout, sources: SourceFiles(substitutions: substitutions)
        )
        return try format.bytes(of: report)
    }

    private func pattern(_ text: String?, _ option: String) throws(ViewError) -> NamePattern? {
        guard let text else { return nil }
        return try NamePattern(text, option: option)
    }

    private var substitutions: [SourceFiles.Substitution] {
        sourcePaths.compactMap { text in
            guard let separator = text.dropFirst().firstIndex(of: "=") else { return nil }
            return SourceFiles.Substitution(
                from: String(text[..<separator]), to: String(text[text.index(after: separator)...])
            )
        }
    }
}

extension FrameTable.Order: ExpressibleByArgument {}

/// A format that is no text, on its way to a terminal.
struct BinaryOutputError: UserFacingError {
    var format: String

    var summary: String { "the format '\(format)' is not text, so it does not go to a terminal" }
    var remedy: String? { "add -o FILE, or send it on: | tool" }
    var exitCode: PerfModel.ExitCode { .usage }
}
