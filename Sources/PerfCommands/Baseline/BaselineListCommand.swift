import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel
import PerfReports

/// Lists the baselines of a store.
struct BaselineListCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists baselines: machine class, name, age, what they hold, and which tool measured.")

    @OptionGroup var options: BaselineStoreOptions

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = BaselineFormat.text

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let entries = try options.opened().list()
        switch format {
        case .json: try context.output.write(try BaselineDocuments.list(entries))
        case .text where entries.isEmpty:
            context.note(
                "no baselines in \(options.description.printable)\nnext: perfdoctor baseline save RESULT.json --name NAME"
            )
        case .text:
            let text = BaselineListText(
                entries, now: WallClock.nanosecondsSince1970(), usesColor: context.usesColor)
            try context.output.write(Array(text.text.utf8))
        }
        // What is broken is no baseline, and a list that says so is a list nevertheless.
        return entries.contains { $0.problem != nil } ? .failure : .success
    }
}
