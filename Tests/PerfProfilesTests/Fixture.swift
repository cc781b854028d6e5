import FoundationEssentials
import Glibc
import Testing

/// Files beside these tests.
enum Fixture {
    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().path + "/Fixtures/" + name
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    }

    /// Compares with a recorded file; with `RECORD_GOLDENS=1` records it, and fails for that.
    static func expectGolden(_ bytes: [UInt8], _ name: String) throws {
        // SAFETY: the value is only compared with null, and nothing changes the environment.
        if unsafe getenv("RECORD_GOLDENS") != nil {
            try Data(bytes).write(to: URL(filePath: path(name)))
            Issue.record("recorded \(name); run again without RECORD_GOLDENS")
            return
        }
        #expect(
            try bytes == Self.bytes(name),
            "\(name) differs: RECORD_GOLDENS=1 swift test --filter PprofOracleTests, then review the change"
        )
    }
}
