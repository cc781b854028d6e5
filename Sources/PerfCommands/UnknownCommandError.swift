import PerfModel
import PerfReports

/// A command that does not exist.
struct UnknownCommandError: UserFacingError {
    var name: String
    var known: [String]

    var summary: String { "there is no command '\(name.printable)'" }

    var remedy: String? {
        guard let nearest = NearestName.of(name, among: known) else { return "perfdoctor --help lists the commands" }
        return "did you mean perfdoctor \(nearest)? (perfdoctor --help lists the commands)"
    }

    var exitCode: ExitCode { .usage }
}
