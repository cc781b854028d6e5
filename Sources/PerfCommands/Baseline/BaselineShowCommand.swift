import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel
import PerfReports

/// Shows one baseline.
struct BaselineShowCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a baseline: n, median and spread of every series, and its objectives.")

    @Argument(
        help: ArgumentHelp("As 'perfdoctor baseline list' has it; MACHINE-CLASS/NAME is one too.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Of several baselines of the name, that of this machine class.", valueName: "class"))
    var machineClass: String?

    @OptionGroup var options: BaselineStoreOptions

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = BaselineFormat.text

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let baseline = try options.opened().load(name: name, machineClass: machineClass)
        switch format {
        case .json: try context.output.write(try BenchmarkDocument.encoded(baseline.result))
        case .text:
            let text = BaselineReportText(
                baseline, now: WallClock.nanosecondsSince1970(), usesColor: context.usesColor)
            try context.output.write(Array(text.text.utf8))
        }
        return .success
    }
}
