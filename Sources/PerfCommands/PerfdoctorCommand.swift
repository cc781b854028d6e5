import ArgumentParser
import PerfModel

/// A command that tells its result by an exit code and reaches the world through its context only.
package protocol PerfdoctorCommand: ParsableCommand {
    /// Does the work.
    ///
    /// - Returns: what the process exits with.
    /// - Throws: a `UserFacingError` for what the user should know.
    func run(in context: CommandContext) throws -> PerfModel.ExitCode
}

extension PerfdoctorCommand {
    package func run() throws {
        let code = try run(in: .ofProcess())
        throw ArgumentParser.ExitCode(code.rawValue)
    }
}
