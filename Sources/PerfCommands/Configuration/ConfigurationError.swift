import PerfModel
import PerfReports

/// A `perfdoctor.json` that does not say what it should.
enum ConfigurationError: UserFacingError, Hashable {
    case notJSON(path: String, reason: String)
    /// `parent` is the path of keys that it stands in; empty at the top.
    case unknownKey(path: String, key: String, parent: String, known: [String])
    case wrongValue(path: String, key: String, expected: String)

    var summary: String {
        switch self {
        case .notJSON(let path, let reason): "cannot read the configuration \(path.printable): \(reason)"
        case .unknownKey(let path, let key, let parent, _):
            "\(path.printable) sets '\(key.printable)'\(parent.isEmpty ? "" : " in \(parent.printable)"), which does not exist"
        case .wrongValue(let path, let key, let expected):
            "\(path.printable): '\(key.printable)' must be \(expected)"
        }
    }

    var remedy: String? {
        switch self {
        case .notJSON: "correct the file; it is JSON5: comments and trailing commas are fine"
        case .unknownKey(_, let key, _, let known):
            NearestName.of(key, among: known).map { "did you mean '\($0)'?" }
                ?? "known: \(known.prefix(20).joined(separator: ", "))"
        case .wrongValue(_, let key, _):
            key.hasPrefix("thresholds")
                ? "perfdoctor diagnose --list shows thresholds and their units"
                : "docs/perfdoctor.schema.json describes \(key.prefix { $0.isLetter })"
        }
    }

    var exitCode: ExitCode { .usage }
}
