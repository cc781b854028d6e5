import ArgumentParser
import PerfModel
import PerfSymbols

/// The command line.
public struct Perfdoctor: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "perfdoctor",
        abstract: "Finds out why a program or a host is slow, and shows the evidence.",
        version: ToolVersion.current.version
    )

    public init() {}

    /// Runs the command that the process's arguments name and ends the process with its exit code.
    public static func runAndExit() -> Never {
        SymbolWorker.runIfRequested()
        main()
        exit()
    }
}
