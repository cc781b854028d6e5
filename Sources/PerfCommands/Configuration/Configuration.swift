import FoundationEssentials
import PerfBaselines
import PerfHost
import PerfLinux
import PerfModel
import PerfProbes
import PerfProfiles

/// What `perfdoctor.json` sets; flags win over it.
///
/// The file is read as JSON5: comments and trailing commas are fine. `docs/perfdoctor.schema.json` describes it.
struct Configuration: Equatable {
    /// Thresholds of checks that differ from their own, by the id of the check.
    var thresholds: [String: CheckThreshold] = [:]
    /// Benchmarks, by rising name.
    var suites: [BenchmarkSuite] = []
    /// URLs that are probed where none is given.
    var targets: [String] = []
    /// Leaks that are known and not to be counted.
    var suppressions: [LeakSuppression] = []
    /// The command line that builds a revision for a gate; nil for the usual one.
    var build: String?

    static let fileName = "perfdoctor.json"
    /// More than anybody writes by hand.
    private static let limitBytes = 1 << 20

    /// The configuration of a file, or of `perfdoctor.json` here; the default where there is none.
    ///
    /// - Parameter path: the file that was asked for; nil for the usual one, which may be missing.
    /// - Returns: the settings.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read or says something unknown.
    static func load(_ path: String?) throws -> Configuration {
        guard let path else {
            guard HostFiles(root: ".").exists("/" + fileName) else { return Configuration() }
            return try Configuration(parsing: try InputFile.contents(of: fileName, limit: limitBytes), path: fileName)
        }
        return try Configuration(parsing: try InputFile.contents(of: path, limit: limitBytes), path: path)
    }

    /// The configuration of a directory; the default where it has none.
    static func load(in directory: String) throws -> Configuration {
        let path = directory + "/" + fileName
        guard HostFiles(root: directory).exists("/" + fileName) else { return Configuration() }
        return try Configuration(parsing: try InputFile.contents(of: path, limit: limitBytes), path: fileName)
    }

    init() {}

    /// Reads the text of a file.
    init(parsing bytes: [UInt8], path: String) throws(ConfigurationError) {
        // The decoder ends the program on bytes that are no text.
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            throw .notJSON(path: path, reason: "it is no text (UTF-8)")
        }
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let value: JSONValue
        do {
            value = try decoder.decode(JSONValue.self, from: Data(bytes))
        } catch {
            throw .notJSON(path: path, reason: Self.reason(of: error))
        }
        guard case .object(let top) = value else { throw .notJSON(path: path, reason: "it is no object: { … }") }
        for (key, value) in top.sorted(by: { $0.key < $1.key }) {
            switch key {
            case "$schema": continue
            case "thresholds": thresholds = try Self.thresholds(value, path: path)
            case "suites": suites = try SuiteConfiguration.suites(value, path: path)
            case "targets":
                guard case .array(let values) = value else {
                    throw .wrongValue(path: path, key: key, expected: #"a list such as ["redis://cache"]"#)
                }
                for value in values {
                    guard case .string(let text) = value, !text.isEmpty else {
                        throw .wrongValue(path: path, key: key, expected: #"a list of URLs such as "redis://cache""#)
                    }
                    targets.append(text)
                }
            case "suppressions": suppressions = try SuppressionConfiguration.suppressions(value, path: path)
            case "build":
                guard case .string(let text) = value, !text.isEmpty else {
                    throw .wrongValue(path: path, key: key, expected: #"a command line such as "make""#)
                }
                build = text
            default:
                throw .unknownKey(
                    path: path, key: key, parent: "",
                    known: ["thresholds", "suites", "targets", "suppressions", "build", "$schema"])
            }
        }
    }

    private static func thresholds(
        _ value: JSONValue, path: String
    ) throws(ConfigurationError) -> [String: CheckThreshold] {
        guard case .object(let checks) = value else {
            throw .wrongValue(path: path, key: "thresholds", expected: "an object with ids of checks")
        }
        var result: [String: CheckThreshold] = [:]
        for (id, settings) in checks.sorted(by: { $0.key < $1.key }) {
            guard let known = Self.knownThresholds[id] else {
                throw .unknownKey(path: path, key: id, parent: "thresholds", known: knownThresholds.keys.sorted())
            }
            let key = "thresholds.\(id)"
            guard case .object(let settings) = settings else {
                throw .wrongValue(path: path, key: key, expected: "an object such as { warning: 0.2 }")
            }
            result[id] = try threshold(settings, of: known, key: key, path: path)
        }
        return result
    }

    /// Those of all checks, by id.
    private static let knownThresholds: [String: CheckThreshold] = {
        let checks = Checks.all as [any ExplainedCheck.Type] + ServerChecks.all
        return Dictionary(checks.map { ($0.id, $0.threshold) }) { first, _ in first }
    }()

    private static func threshold(
        _ settings: [String: JSONValue], of known: CheckThreshold, key: String, path: String
    ) throws(ConfigurationError) -> CheckThreshold {
        var threshold = known
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            guard case .number(let number) = value, number.isFinite, number >= 0 else {
                throw .wrongValue(path: path, key: "\(key).\(name)", expected: "a number that is not negative")
            }
            switch name {
            case "warning": threshold.warning = number
            case "critical": threshold.critical = number
            case _ where threshold.conditions[name] != nil: threshold.conditions[name] = number
            default:
                throw .unknownKey(
                    path: path, key: name, parent: key,
                    known: ["warning", "critical"] + threshold.conditions.keys.sorted())
            }
        }
        if let critical = threshold.critical, critical < threshold.warning {
            throw .wrongValue(
                path: path, key: key, expected: "a critical limit that is not below the warning (\(threshold.warning))")
        }
        threshold.origin = Self.fileName
        return threshold
    }

    /// What the parser has against a text.
    private static func reason(of error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error else { return "it is no JSON" }
        let detail = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        return detail.printable
    }
}
