import FoundationEssentials
import Testing

/// Expected outputs that are checked in; `RECORD_GOLDENS=1 swift test` writes them anew, and fails for it.
enum Golden {
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func expect(
        _ bytes: [UInt8], equals name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = directory.appending(path: name)
        if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
            try Data(bytes).write(to: file)
            Issue.record("recorded \(name): look at the difference, then run again", sourceLocation: sourceLocation)
            return
        }
        guard FileManager.default.fileExists(atPath: file.path) else {
            Issue.record("\(name) is missing; RECORD_GOLDENS=1 swift test records it", sourceLocation: sourceLocation)
            return
        }
        let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let actual = String(decoding: bytes, as: UTF8.self)
        guard expected != actual else { return }
        let pairs = zip(
            expected.split(separator: "\n", omittingEmptySubsequences: false),
            actual.split(separator: "\n", omittingEmptySubsequences: false))
        let difference = pairs.enumerated().first { $1.0 != $1.1 }
        let place = difference.map { "line \($0 + 1)\n  expected: \($1.0)\n  actual:   \($1.1)" } ?? "their lengths"
        Issue.record(
            "\(name) differs in \(place)\nRECORD_GOLDENS=1 swift test records it", sourceLocation: sourceLocation)
    }
}
