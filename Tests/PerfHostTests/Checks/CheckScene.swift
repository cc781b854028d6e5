import FoundationEssentials
import PerfHost
import PerfModel
import Testing

/// A recorded scene that one check judges: `Fixtures/checks/<id>/<name>`.
///
/// The name begins with what the check has to say: `sick…`, `healthy…` or `blind…`.
struct CheckScene: CustomTestStringConvertible, Sendable {
    var id: String
    var name: String

    var testDescription: String { "\(id)/\(name)" }
    var directory: String { "\(Self.root)/\(id)/\(name)" }

    /// What the scene is said to show, in `expected.json`.
    struct Expectation: Codable {
        /// Of the first finding; of sick scenes.
        var severity: Severity?
        /// A piece of the first finding's summary; of sick scenes.
        var summary: String?
        /// A piece of the reason; of blind scenes.
        var reason: String?
        var parent: String?
        var subject: String?
        var resource: Resource?
        /// The number of findings; 1 where it is missing.
        var findings: Int?
    }

    static let root = SceneDirectory.fixture("checks")

    static let all: [CheckScene] = {
        do {
            return try names(in: root).flatMap { id in
                try names(in: "\(root)/\(id)").map { CheckScene(id: id, name: $0) }
            }
        } catch {
            Issue.record(error)
            return []
        }
    }()

    private static func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }

    var check: (any Check.Type)? { Checks.all.first { $0.id == id } }

    func expectation() throws -> Expectation {
        let bytes = try Data(contentsOf: URL(filePath: "\(directory)/expected.json"))
        return try JSONDecoder().decode(Expectation.self, from: bytes)
    }

    func observation(thresholds: [String: CheckThreshold] = [:]) throws -> HostObservation {
        try #require(HostObservation(try HostReplay(directory: directory).snapshots(), thresholds: thresholds))
    }
}
