import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel

/// Writes a baseline as a document.
struct BaselineExportCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a baseline as a document of kind benchmark.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json
    }

    @Argument(help: ArgumentHelp("As 'perfdoctor baseline list' has it.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Of several baselines of the name, that of this machine class.", valueName: "class"))
    var machineClass: String?

    @OptionGroup var options: BaselineStoreOptions

    @Option(help: ArgumentHelp("json.", valueName: "format"))
    var format = Format.json

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write it; standard output unless given.", valueName: "file"))
    var output: String?

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let baseline = try options.opened().load(name: name, machineClass: machineClass)
        let bytes = try BenchmarkDocument.encoded(baseline.result)
        if let output, output != "-" {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }
}
