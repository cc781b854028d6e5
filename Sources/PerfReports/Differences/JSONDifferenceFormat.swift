import PerfModel
import PerfProfiles

/// For programs: the document of kind `diff`.
package struct JSONDifferenceFormat: DifferenceFormat {
    package static let id = "json"
    package static let explanation = "for programs: verdict, total, and each function's change with its interval"

    package static func bytes(of report: DifferenceReport) throws -> [UInt8] {
        let profile = report.after.profile
        return try Document(
            kind: "diff", host: profile.extras?.host, startedAt: profile.startedAt == 0 ? nil : profile.startedAt,
            duration: profile.duration > 0 ? .nanoseconds(profile.duration) : nil,
            warnings: DifferenceDoubts.all(of: report), body: DifferenceDocument(report)
        ).encoded()
    }
}
