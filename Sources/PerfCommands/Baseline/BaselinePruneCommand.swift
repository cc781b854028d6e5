import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel

/// Removes old baselines.
struct BaselinePruneCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes baselines that were measured long ago; those without a date stay.")

    @Option(help: ArgumentHelp("How old: 90d, 12w, 24h.", valueName: "age"))
    var olderThan: BaselineAge

    @Flag(help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    @OptionGroup var options: BaselineStoreOptions

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = BaselineFormat.text

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let removed = try options.opened().prune(
            olderThan: WallClock.nanosecondsSince1970() - olderThan.nanoseconds, isDryRun: dryRun)
        switch format {
        case .json: try context.output.write(try BaselineDocuments.list(removed, removed: !dryRun))
        case .text:
            for entry in removed {
                try context.print("\(dryRun ? "would remove" : "removed") \(entry.location.printable)")
            }
            if removed.isEmpty { try context.print("no baseline is that old") }
        }
        return .success
    }
}
