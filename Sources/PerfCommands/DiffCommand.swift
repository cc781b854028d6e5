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
            Without --per and --normalize, recordings that are each one run of the same command are compared per run;
            others by shares of the total, which is right whatever was recorded, but does not see a change of the whole.

            Runs of one program differ by more than chance: memory layout, hash seeds, other work on the machine. How
            far, a single recording of each cannot show, so that only changes beyond what programs usually do are
            found. Three recordings of each, or better five, show it themselves and find smaller changes. Record both
            by turns: a machine that is slower later looks like a program that is slower.

            EXAMPLES
              # a program before and after a change
              perfdoctor diff before.pb.gz after.pb.gz
              # five runs of each: how far runs of this program differ is known then
              for i in 1 2 3 4 5; do
                perfdoctor record -o before-$i.pb.gz -- ./old/program
                perfdoctor record -o after-$i.pb.gz -- ./new/program
              done
              perfdoctor diff --before before-*.pb.gz --after after-*.pb.gz
              # CPU time per request: 20,000 requests before, 30,000 after
              perfdoctor diff before.pb.gz after.pb.gz --per 20000,30000
              # which shares changed
              perfdoctor diff before.pb.gz after.pb.gz --normalize total
              # CPU time per second of recording
              perfdoctor diff before.pb.gz after.pb.gz --normalize duration
              # a differential flame graph for a browser
              perfdoctor diff before.pb.gz after.pb.gz --format html -o diff.html
              # for flamegraph.pl
              perfdoctor diff before.pb.gz after.pb.gz --format folded | flamegraph.pl > diff.svg
            """
    )

    @Argument(help: ArgumentHelp("A profile (.pb.gz); - reads standard input.", valueName: "before"))
    var first: String?

    @Argument(help: ArgumentHelp("Another profile; - reads standard input.", valueName: "after"))
    var second: String?

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Recordings before, when there are several.", valueName: "file"))
    var before: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Recordings after, when there are several.", valueName: "file"))
    var after: [String] = []

    @OptionGroup var options: DiffOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the report; standard output unless given.", valueName: "file"))
    var output: String?

    func validate() throws {
        let (before, after) = files
        guard !before.isEmpty, !after.isEmpty else {
            throw ValidationError(
                "two profiles are needed: 'diff BEFORE AFTER', or 'diff --before FILE... --after FILE...'")
        }
        if (before + after).count(where: { $0 == "-" }) > 1 {
            throw ValidationError("standard input is one file: name the others")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        // A format that does not exist is said before large files are read.
        let format = try DifferenceFormats.format(named: options.format)
        let output = output == "-" ? nil : output
        let (before, after) = files
        let first = try before.map { try profile($0, in: context) }
        let second = try after.map { try profile($0, in: context) }
        let report = try options.report(before: first, after: second, in: context, toFile: output != nil)
        let bytes = try format.bytes(of: report)
        if let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }

    /// The files of both sides, those without an option first.
    private var files: (before: [String], after: [String]) {
        ((first.map { [$0] } ?? []) + before, (second.map { [$0] } ?? []) + after)
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
