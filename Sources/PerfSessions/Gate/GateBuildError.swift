import PerfModel

/// Revisions that could not be had or built.
package enum GateBuildError: UserFacingError, Hashable {
    case noRepository(reason: String)
    case unknownRevision(String, isShallow: Bool)
    case git(command: String, reason: String)
    /// `side` is base or head.
    case build(side: String, command: String, ending: String, log: String)
    case noSuites(file: String)
    /// Programs that cannot be linked in several orders.
    case layouts(reason: String, remedy: String)
    case uncommitted(file: String)
    case stopped

    package var summary: String {
        switch self {
        case .noRepository(let reason): "this is no work tree of git: \(reason.printable)"
        case .unknownRevision(let name, let isShallow):
            "there is no revision '\(name.printable)'" + (isShallow ? ", and this clone is shallow" : "")
        case .git(let command, let reason): "git \(command) failed: \(reason.printable)"
        case .build(let side, let command, let ending, let log):
            "\(side) cannot be built: '\(command.printable)' \(ending)\n"
                + log.split(separator: "\n").suffix(20).map { "    " + String($0).printable }.joined(separator: "\n")
        case .noSuites(let file): "nothing to measure: \(file.printable) has no suites"
        case .layouts(let reason, _): reason.printable
        case .uncommitted(let file):
            "layouts are built from commits, and \(file.printable) is not as it was committed"
        case .stopped: "stopped before anything was measured"
        }
    }

    package var remedy: String? {
        switch self {
        case .noRepository: "run it in a clone, or compare two commands: perfdoctor gate --base-cmd 'A' --head-cmd 'B'"
        case .unknownRevision(_, true): "git fetch --unshallow; in a CI job, fetch the whole history (fetch-depth: 0)"
        case .unknownRevision: "git branch --all lists what there is; git fetch brings what is missing"
        case .git: "run it by hand to see more"
        case .build: "mend it, or say how it is built: --build 'COMMAND', or build in perfdoctor.json"
        case .noSuites: "perfdoctor init writes one; or: { suites: { mine: { command: '.build/release/my-tool' } } }"
        case .layouts(_, let remedy): remedy
        case .uncommitted: "commit it, or name a revision: --head REV"
        case .stopped: nil
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .noSuites, .unknownRevision, .noRepository, .layouts, .uncommitted: .usage
        default: .failure
        }
    }
}
