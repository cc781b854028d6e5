import ArgumentParser
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports
import PerfSessions

/// Shows a profile in one of several forms.
struct ReportCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Shows what a profile says: as text, a call tree, annotated source, a flame graph, or data.",
        discussion: """
            Reads what 'perfdoctor record' wrote, pprof files of other tools, the text of 'perf script', and folded \
            stacks.

            EXAMPLES
              perfdoctor report app.pb.gz                            the hottest functions
              perfdoctor report app.pb.gz --sort total --top 50      with what they call
              perfdoctor report app.pb.gz --format tree              who calls what
              perfdoctor report a.pb.gz --format tree --focus parse    callers and callees
              perfdoctor report app.pb.gz --format source            annotated source lines
              perfdoctor report app.pb.gz --format html -o app.html  a flame graph
              perfdoctor report app.pb.gz --by thread                a row for each thread
              perfdoctor report app.pb.gz --time 2.5,3               of record --timeline: a part
              perfdoctor report a.pb.gz --format firefox -o a.json   threads over time
              perf script | perfdoctor report -                      what perf recorded
              perfdoctor report - --format folded < app.pb.gz        for other tools
              perfdoctor report a.pb.gz --ignore '^std::' --format pprof -o b.pb.gz
                                                                     for go tool pprof
            """
    )

    @Argument(help: ArgumentHelp("A profile (.pb.gz); - reads standard input.", valueName: "file"))
    var file: String

    @OptionGroup var options: ReportOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the report; standard output unless given.", valueName: "file"))
    var output: String?

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        // A format that does not exist is said before a large file is read.
        _ = try ReportFormats.format(named: options.format)
        let isStandardInput = file == "-"
        let contents =
            isStandardInput
            ? try context.input.readAll(limit: InputFile.limitBytes) : try InputFile.contents(of: file)
        let name = isStandardInput ? "standard input" : file
        var profile = try ProfileReader.profile(in: contents, file: name)
        profile.demangleNames()
        let output = output == "-" ? nil : output
        let bytes = try options.bytes(of: profile, source: name, in: context, toFile: output != nil)
        if let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }
}
