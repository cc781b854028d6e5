import PerfModel
import PerfProfiles

/// For browsers: an interactive differential flame graph in one file that needs nothing else.
package struct HTMLDifferenceFormat: DifferenceFormat {
    package static let id = "html"
    package static let explanation = "for browsers: a differential flame graph and a table, in one file"

    package static func bytes(of report: DifferenceReport) throws -> [UInt8] {
        try HTMLFormat.page(
            title: "\(report.before.source) → \(report.after.source)",
            data: HTMLPayload.bytes(of: report))
    }
}
