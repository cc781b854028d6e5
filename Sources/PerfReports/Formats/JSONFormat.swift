import FoundationEssentials
import PerfModel
import PerfProfiles

/// For programs: the document of kind `profile`.
package struct JSONFormat: ReportFormat {
    package static let id = "json"
    package static let explanation = "for programs: totals, functions, threads and counts of doubtful samples"

    package static func bytes(of report: Report) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(try ProfileDocument(report))) + [UInt8(ascii: "\n")]
    }
}
