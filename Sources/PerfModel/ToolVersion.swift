/// Name and version of this program, as documents and `--version` state them.
package struct ToolVersion: Hashable, Sendable, Codable {
    package var name: String
    /// Semantic version.
    package var version: String

    package static let current = ToolVersion(name: "perfdoctor", version: "0.1.0")

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}
