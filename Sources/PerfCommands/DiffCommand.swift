import ArgumentParser
import PerfLinux
import PerfModel
import PerfProbes
import PerfProfiles
import PerfReports
import PerfSessions

/// Shows what differs between two profiles, or two probes, and what of that is more than chance.
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
              # two documents of 'perfdoctor probe --format json': latencies, losses, findings
              perfdoctor diff probe-before.json probe-after.json
              # for flamegraph.pl
              perfdoctor diff before.pb.gz after.pb.gz --format folded | flamegraph.pl > diff.svg
            """
    )

    @Argument(
        help: ArgumentHelp("A profile (.pb.gz), or a document of a probe; - reads standard input.", valueName: "before")
    )
    var first: String?

    @Argument(help: ArgumentHelp("Another one of the same kind; - reads standard input.", valueName: "after"))
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
                "two profiles are needed, or two probes: 'diff BEFORE AFTER', or 'diff --before FILE... --after FILE...'"
            )
        }
        if (before + after).count(where: { $0 == "-" }) > 1 {
            throw ValidationError("standard input is one file: name the others")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let output = output == "-" ? nil : output
        let (before, after) = files
        // A format that does not exist is said before large files are read.
        _ = try DifferenceFormats.format(named: options.format)
        let contents = try before.map { try read($0, in: context) } + after.map { try read($0, in: context) }
        let kinds = contents.map { DocumentKind.of($0.bytes) }
        let bytes: [UInt8]
        if kinds.contains("probe") {
            bytes = try probes(contents, kinds, toFile: output != nil, in: context)
        } else {
            bytes = try profiles(
                Array(contents[..<before.count]), Array(contents[before.count...]), toFile: output != nil, in: context)
        }
        if let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }

    private func profiles(
        _ before: [Contents], _ after: [Contents], toFile isFile: Bool, in context: CommandContext
    ) throws -> [UInt8] {
        let format = try DifferenceFormats.format(named: options.format)
        let first = try before.map(profile)
        let second = try after.map(profile)
        return try format.bytes(of: try options.report(before: first, after: second, in: context, toFile: isFile))
    }

    private func probes(
        _ contents: [Contents], _ kinds: [String?], toFile isFile: Bool, in context: CommandContext
    ) throws -> [UInt8] {
        if let index = kinds.firstIndex(where: { $0 != "probe" }), let probe = kinds.firstIndex(of: "probe") {
            throw MixedKindsError(
                probe: contents[probe].name, other: contents[index].name, kind: kinds[index] ?? "profile")
        }
        guard contents.count == 2 else {
            throw ValidationError("probes are compared two at a time, not \(contents.count)")
        }
        try options.checkForProbes()
        let records = try contents.map { one in
            do throws(ReadingProblem) {
                return try ProbeRecord(one.bytes, source: one.name)
            } catch {
                throw UnreadableProbeError(file: one.name, problem: error.text)
            }
        }
        var comparison = ProbeComparison.Options()
        if let minimum = options.minimum { comparison.minimum = minimum / 100 }
        let result = ProbeComparison(before: records[0], after: records[1], options: comparison)
        guard options.format == "text" else { return try JSONProbeDifference.bytes(of: result) }
        return TextProbeDifference.bytes(of: result, layout: options.layout(in: context, toFile: isFile))
    }

    /// The files of both sides, those without an option first.
    private var files: (before: [String], after: [String]) {
        ((first.map { [$0] } ?? []) + before, (second.map { [$0] } ?? []) + after)
    }

    /// A file that was read.
    private struct Contents {
        var name: String
        var bytes: [UInt8]
    }

    private func read(_ file: String, in context: CommandContext) throws -> Contents {
        guard file == "-" else { return Contents(name: file, bytes: try InputFile.contents(of: file)) }
        return Contents(name: "standard input", bytes: try context.input.readAll(limit: InputFile.limitBytes))
    }

    private func profile(_ contents: Contents) throws -> (profile: Profile, source: String) {
        if let kind = DocumentKind.of(contents.bytes) { throw OtherDocumentError(file: contents.name, kind: kind) }
        var profile = try ProfileReader.profile(in: contents.bytes, file: contents.name)
        profile.demangleNames()
        return (profile, contents.name)
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
            : "diff compares two profiles that perfdoctor record wrote (.pb.gz), or two documents of perfdoctor probe"
    }
}

/// A probe beside something else.
struct MixedKindsError: UserFacingError, Hashable {
    var probe: String
    var other: String
    var kind: String

    var summary: String {
        "\(probe.printable) is a document of a probe and \(other.printable) is not, it is a \(kind.printable)"
    }
    var remedy: String? { "name two documents of 'perfdoctor probe --format json', or two recordings" }
}

/// A document of a probe that is damaged.
struct UnreadableProbeError: UserFacingError, Hashable {
    var file: String
    var problem: String

    var summary: String { "\(file.printable) cannot be read as a probe: \(problem.printable)" }
    var remedy: String? { "write it anew: perfdoctor probe URL --format json -o FILE" }
}
