/// An error for people: what failed, why, and what to do next.
package protocol UserFacingError: Error, CustomStringConvertible, Sendable {
    /// What failed and why, in one sentence without a trailing full stop.
    var summary: String { get }
    /// What to do next; a command where there is one. `nil` only where nothing can be done.
    var remedy: String? { get }
    /// The exit code that this error ends the program with.
    var exitCode: ExitCode { get }
}

extension UserFacingError {
    package var exitCode: ExitCode { .failure }

    package var description: String {
        guard let remedy else { return summary }
        return "\(summary)\n  next: \(remedy)"
    }
}
