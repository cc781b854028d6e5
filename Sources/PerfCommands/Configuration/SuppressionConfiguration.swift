import PerfModel
import PerfProfiles

/// Reads `suppressions` of `perfdoctor.json`, and `--suppress`.
enum SuppressionConfiguration {
    private static let known = ["type", "site", "reason"]

    /// `[{ type: "Cache", site: "parse", reason: "lives as long as the process" }]`.
    static func suppressions(_ value: JSONValue, path: String) throws(ConfigurationError) -> [LeakSuppression] {
        guard case .array(let values) = value else {
            throw .wrongValue(path: path, key: "suppressions", expected: #"a list such as [{ type: "App\\.Cache" }]"#)
        }
        var result: [LeakSuppression] = []
        for (index, value) in values.enumerated() {
            result.append(try suppression(value, key: "suppressions[\(index)]", path: path))
        }
        return result
    }

    private static func suppression(
        _ value: JSONValue, key: String, path: String
    ) throws(ConfigurationError) -> LeakSuppression {
        guard case .object(let settings) = value else {
            throw .wrongValue(path: path, key: key, expected: #"an object such as { type: "App\\.Cache" }"#)
        }
        var texts: [String: String] = [:]
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            guard known.contains(name) else { throw .unknownKey(path: path, key: name, parent: key, known: known) }
            guard case .string(let text) = value, !text.isEmpty else {
                throw .wrongValue(path: path, key: "\(key).\(name)", expected: "a text that is not empty")
            }
            texts[name] = text
        }
        guard texts["type"] != nil || texts["site"] != nil else {
            throw .wrongValue(path: path, key: key, expected: "an object that names a type, a site or both")
        }
        do throws(ViewError) {
            return LeakSuppression(
                type: try texts["type"].map { text throws(ViewError) in try NamePattern(text, option: "type") },
                site: try texts["site"].map { text throws(ViewError) in try NamePattern(text, option: "site") },
                reason: texts["reason"])
        } catch {
            throw .wrongValue(path: path, key: key, expected: "made of regular expressions: \(error.summary)")
        }
    }

    /// `type:App\.Cache`, `site:parse`.
    static func suppression(_ text: String) throws -> LeakSuppression {
        for (kind, make) in [
            ("type:", { LeakSuppression(type: $0) }), ("site:", { LeakSuppression(site: $0) }),
        ] as [(String, (NamePattern) -> LeakSuppression)] where text.hasPrefix(kind) && text.count > kind.count {
            return make(try NamePattern(String(text.dropFirst(kind.count)), option: "--suppress"))
        }
        throw SuppressionError(text: text)
    }
}

/// A `--suppress` of another form.
struct SuppressionError: UserFacingError, Hashable {
    var text: String

    var summary: String { "--suppress '\(text.printable)' names neither a type nor a site" }
    var remedy: String? { #"give type:PATTERN or site:PATTERN, such as --suppress 'type:App\.Cache'"# }
    var exitCode: ExitCode { .usage }
}
