import PerfModel
import PerfProfiles

/// For programs: the document of kind `profile`.
package struct JSONFormat: ReportFormat {
    package static let id = "json"
    package static let explanation = "for programs: totals, functions, threads and counts of doubtful samples"

    package static func bytes(of report: Report) throws -> [UInt8] {
        let profile = report.profile
        if report.isOverview, let heap = profile.extras?.heap {
            return try Document(
                kind: "heap", host: profile.extras?.host, startedAt: profile.startedAt == 0 ? nil : profile.startedAt,
                duration: profile.duration > 0 ? .nanoseconds(profile.duration) : nil,
                warnings: profile.readingWarnings + (profile.extras?.warnings ?? []),
                body: HeapDocument(report: report, heap: heap)
            ).encoded()
        }
        return try Document(
            kind: "profile", host: profile.extras?.host, startedAt: profile.startedAt == 0 ? nil : profile.startedAt,
            duration: profile.duration > 0 ? .nanoseconds(profile.duration) : nil,
            warnings: profile.readingWarnings + (profile.extras?.warnings ?? []), body: ProfileDocument(report)
        ).encoded()
    }
}
