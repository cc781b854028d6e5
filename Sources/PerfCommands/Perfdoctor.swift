import ArgumentParser
import Glibc
import PerfModel
import PerfSymbols

/// The command line.
public struct Perfdoctor: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "perfdoctor",
        abstract: "Finds out why a program or a host is slow, and shows the evidence.",
        version: ToolVersion.current.version,
        subcommands: [
            RecordCommand.self, HeapCommand.self, ReportCommand.self, DiffCommand.self, DiagnoseCommand.self,
            WatchCommand.self, ProbeCommand.self, SizeCommand.self, BenchCommand.self, GateCommand.self,
            BaselineCommand.self,
            InitCommand.self, SelfCheckCommand.self,
        ]
    )

    public init() {}

    /// Runs the command that the process's arguments name and ends the process with its exit code.
    public static func runAndExit() -> Never {
        SymbolWorker.runIfRequested()
        let arguments = Array(CommandLine.arguments.dropFirst())
        let context = CommandContext.ofProcess()
        let scrubbed = ArgumentSecrets.scrub()
        for url in scrubbed {
            context.note(
                "warning: the password of \(url.printable) was on the command line, where others could read it until "
                    + "now\nnext: put it into a variable: '${NAME}', or use PGPASSFILE or REDISCLI_AUTH")
        }
        let code = run(arguments: arguments, in: context)
        Glibc.exit(code.rawValue)
    }

    /// Runs a command line: arguments and surroundings in, bytes and an exit code out.
    ///
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - context: the surroundings.
    /// - Returns: what the process exits with.
    package static func run(arguments: [String], in context: CommandContext) -> PerfModel.ExitCode {
        do {
            if arguments.isEmpty {
                try context.print(introduction)
                return .success
            }
            if let name = arguments.first, !name.hasPrefix("-"), !commandNames.contains(name) {
                throw UnknownCommandError(name: name, known: commandNames)
            }
            var command = try parseAsRoot(BenchCommand.joiningCommand(in: arguments))
            if let command = command as? any PerfdoctorCommand { return try command.run(in: context) }
            try command.run()
            return .success
        } catch {
            return report(CommandFailure(error), in: context)
        }
    }

    private static func report(_ failure: CommandFailure, in context: CommandContext) -> PerfModel.ExitCode {
        guard !failure.text.isEmpty else { return failure.exitCode }
        guard failure.exitCode == .success else {
            context.note(failure.text)
            return failure.exitCode
        }
        do throws(OutputError) {
            try context.print(failure.text)
            return .success
        } catch {
            return CommandFailure(error).exitCode
        }
    }

    private static var commandNames: [String] {
        configuration.subcommands.map { $0.configuration.commandName ?? $0._commandName } + ["help"]
    }

    /// What `perfdoctor` alone says.
    static let introduction = """
        perfdoctor finds out why a program or a host is slow, and shows the evidence.

        Profile a program: which functions and lines burn its CPU time
            perfdoctor record -- ./my-server            or, while it runs: perfdoctor record -p PID -d 10
            perfdoctor report perfdoctor-my-server-4711.pb.gz
            perfdoctor heap -- ./my-server              where its memory goes, by stack and Swift type

        Diagnose a host: what it is short of, who is responsible, and what to do
            perfdoctor diagnose                         one sentence, the evidence, the function, the remedy
            perfdoctor diagnose -p PID                  one service, within its cgroup
            perfdoctor record -a -d 10 -o host.pb.gz    what burns the CPU time of all processes
            perfdoctor probe redis://cache ping://db    how long servers take, and what they suffer from
            perfdoctor self-check                       what this host lets you see, and how to see the rest
            perfdoctor size --users 800 --jobs-per-second 12
                                                        how many workers, which database, and why

        Gate a pull request: is it slower, and why
            perfdoctor gate --base origin/main          the work tree, by turns with where it parted from main
            perfdoctor bench './old input' './new input'
                                                        which is faster, and how sure that is

        perfdoctor COMMAND --help explains a command and gives examples.
        """
}
