import ArgumentParser
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports
import PerfSessions

/// Shows what differs between two profiles, and what of that is more than chance.
struct DiffCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Shows which functions got slower, faster, new or gone between two profiles, beyond sampling noise.",
        discussion: """
            Reads what 'perfdoctor record' wrote, and pprof files of other tools; the two need not come from one build.
            Without --per and --normalize, shares of the total are compared: that is right whatever was recorded, but
            does not see a change of the whole.

            EXAMPLES
              # which shares changed
              perfdoctor diff before.pb.gz after.pb.gz
              # CPU time per request: 20,000 requests before, 30,000 after
              perfdoctor diff before.pb.gz after.pb.gz --per 20000,30000
              # two runs of one benchmark, which did the same work
              perfdoctor diff before.pb.gz after.pb.gz --per 1
              # CPU time per second of recording
              perfdoctor diff before.pb.gz after.pb.gz --normalize duration
              # a differential flame graph for a browser
              perfdoctor diff before.pb.gz after.pb.gz --format html -o diff.html
              # for flamegraph.pl
              perfdoctor diff before.pb.gz after.pb.gz --format folded | flamegraph.pl > diff.svg
            """
    )

    @Argument(help: ArgumentHelp("A profile (.pb.gz); - reads standard input.", valueName: "before"))
    var before: String

    @Argument(help: ArgumentHelp("Another profile; - reads standard input.", valueName: "after"))
    var after: String

    @OptionGroup var options: DiffOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the report; standard output unless given.", valueName: "file"))
    var output: String?

    func validate() throws {
        if before == "-", after == "-" { throw ValidationError("standard input is one file: name the other") }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        // A format that does not exist is said before large files are read.
        let format = try DifferenceFormats.format(named: options.format)
        let output = output == "-" ? nil : output
        let (first, second) = (try profile(before, in: context), try profile(after, in: context))
        let report = try options.report(before: first, after: second, in: context, toFile: output != nil)
        let bytes = try format.bytes(of: report)
        if let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }

    private func profile(_ file: String, in context: CommandContext) throws -> (profile: Profile, source: String) {
        let isStandardInput = file == "-"
        let contents =
            isStandardInput
            ? try context.input.readAll(limit: InputFile.limitBytes) : try InputFile.contents(of: file)
        let name = isStandardInput ? "standard input" : file
        if let kind = DocumentKind.of(contents) { throw OtherDocumentError(file: name, kind: kind) }
        var profile = try ProfileReader.profile(in: contents, file: name)
        profile.demangleNames()
        return (profile, name)
    }
}

/// What a JSON document of this tool is.
enum DocumentKind {
    /// `"probe"` of a document with the schema `perfdoctor.probe/1`; nil for anything else.
    static func of(_ contents: [UInt8]) -> String? {
        guard FileKind(of: contents) == .json else { return nil }
        let mark = Array("\"perfdoctor.".utf8)
        // The schema may stand behind large tables, and its quote tells it from text inside of a string.
        var index = contents.startIndex
        while let found = contents[index...].firstIndex(of: mark[0]) {
            index = found + 1
            guard contents[found...].starts(with: mark) else { continue }
            let kind = contents[(found + mark.count)...].prefix { $0 == 0x5F || (0x61...0x7A).contains($0) }
            let end = kind.endIndex
            if !kind.isEmpty, kind.count < 32, end < contents.endIndex, contents[end] == UInt8(ascii: "/") {
                return String(decoding: kind, as: UTF8.self)
            }
        }
        return nil
    }
}

/// A document of this tool that is no profile.
struct OtherDocumentError: UserFacingError, Hashable {
    var file: String
    var kind: String

    var summary: String { "\(file.printable) is a perfdoctor document of kind '\(kind.printable)', not a profile" }
    var remedy: String? {
        kind == "profile" || kind == "diff"
            ? "name the recordings themselves (.pb.gz): documents do not hold the stacks"
            : "diff compares two profiles: name files that perfdoctor record wrote (.pb.gz)"
    }
}
