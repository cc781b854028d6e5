import ArgumentParser
import PerfLinux
import PerfModel
import PerfProfiles
import PerfReports

/// Shows a profile in one of several forms.
struct ReportCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Shows what a profile says: as text, a call tree, annotated source, a flame graph, or data.",
        discussion: """
            Reads what 'perfdoctor record' wrote, pprof files of other tools, the text of 'perf script', and folded stacks.

            EXAMPLES
              # the hottest functions
              perfdoctor report app.pb.gz
              # by what they cost with all that they call
              perfdoctor report app.pb.gz --sort total --top 50
              # who calls what; callers and callees of one function
              perfdoctor report app.pb.gz --format tree --focus 'parse'
              # annotated source lines
              perfdoctor report app.pb.gz --format source
              # a flame graph for a browser
              perfdoctor report app.pb.gz --format html -o app.html
              # one row for each thread; one thread alone
              perfdoctor report app.pb.gz --by thread
              perfdoctor report app.pb.gz --thread 'worker-3'
              # without the runtime, for go tool pprof
              perfdoctor report app.pb.gz --ignore '^swift_' --format pprof -o b.pb.gz
              # folded stacks from standard input, for flame graph tools
              perfdoctor report - --format folded < app.pb.gz
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
        let profile = try ProfileReader.profile(in: contents, file: name)
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
