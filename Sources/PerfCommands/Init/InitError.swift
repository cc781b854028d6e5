import PerfModel

/// What keeps `perfdoctor init` from writing.
enum InitError: UserFacingError, Hashable {
    /// Paths from the top of the repository.
    case exists([String])
    case unwritable(String, reason: String)

    var summary: String {
        switch self {
        case .exists(let files):
            "\(files.joined(separator: ", ")) \(files.count == 1 ? "is" : "are") there already; nothing was written"
        case .unwritable(let file, let reason): "\(file) cannot be written: \(reason.printable)"
        }
    }

    var remedy: String? {
        switch self {
        case .exists([Configuration.fileName]): "perfdoctor init --no-settings keeps it; --force replaces it"
        case .exists: "perfdoctor init --force replaces files; git diff shows what that changes"
        case .unwritable: "check who may write into the repository: ls -ld ."
        }
    }

    var exitCode: ExitCode {
        switch self {
        case .exists: .usage
        case .unwritable: .failure
        }
    }
}
