import ArgumentParser
import PerfBaselines
import PerfModel

/// Keeps a result under a name.
struct BaselineSaveCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Keeps a result as a baseline; one of the same name is replaced.")

    @Argument(
        help: ArgumentHelp("A result of perfdoctor or of another tool; - reads standard input.", valueName: "result"))
    var result: String

    @Option(help: ArgumentHelp("Name of the baseline, such as parser or api/checkout.", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "Which machines its timings are of; what the result says unless given, else 'unknown'.",
            valueName: "class"))
    var machineClass: String?

    @OptionGroup var options: BaselineStoreOptions

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        try BaselineSaving(store: try options.opened(), machineClass: machineClass).save(
            result, name: name, in: context)
        return .success
    }
}

/// Keeps results of other tools.
struct BaselineImportCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Keeps results of other tools, each under the name of its file unless one is given.")

    @Argument(help: ArgumentHelp("Results, found by their contents.", valueName: "file"))
    var files: [String]

    @Option(help: ArgumentHelp("Name of the baseline, for one file.", valueName: "name"))
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Which machines the timings are of; what a result says unless given, else 'unknown'.",
            valueName: "class"))
    var machineClass: String?

    @OptionGroup var options: BaselineStoreOptions

    func validate() throws {
        if name != nil, files.count > 1 {
            throw ValidationError("--name is for one file, and there are \(files.count)")
        }
        if name == nil, files.contains("-") {
            throw ValidationError("standard input has no name: give one with --name")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let saving = BaselineSaving(store: try options.opened(), machineClass: machineClass)
        for file in files {
            try saving.save(file, name: name ?? ResultSource([], file: file).name, in: context)
        }
        return .success
    }
}

/// What saving and importing do alike.
struct BaselineSaving {
    var store: any BaselineStore
    var machineClass: String?

    private static let limitBytes = 256 << 20

    func save(_ file: String, name: String, in context: CommandContext) throws {
        let isStandardInput = file == "-"
        let contents =
            isStandardInput
            ? try context.input.readAll(limit: Self.limitBytes)
            : try InputFile.contents(of: file, limit: Self.limitBytes)
        let imported = try ResultReader.read(contents, file: isStandardInput ? "standard input" : file)
        let own = imported.result.machine?.machineClass ?? ""
        let machineClass = machineClass ?? (own.isEmpty ? FileBaselineStore.unknownMachineClass : own)
        let (saved, warning) = try store.save(
            imported.result, name: name, machineClass: machineClass)
        if let warning { context.note(warning) }
        for part in imported.unmeasured {
            context.note("not measured: \(part.id.printable): \(part.reason.printable)")
        }
        let figures = imported.result.series.count { $0.isFigure }
        try context.print(
            "saved \(saved.location.printable): \(Quantity.grouped(Int64(imported.result.series.count))) series, by "
                + imported.adapter.printable
                + (figures > 0
                    ? "; \(Quantity.grouped(Int64(figures))) of them without samples, for objectives alone" : ""))
        if machineClass == FileBaselineStore.unknownMachineClass {
            context.note(
                Warning(
                    code: "machine_unknown",
                    message: "the result does not say on which machine it was measured: its timings compare with none",
                    remedy: "name the class of the machine: --machine-class CLASS"))
        }
    }
}
