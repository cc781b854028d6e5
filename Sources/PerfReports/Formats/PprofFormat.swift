import PerfProfiles

/// For `go tool pprof` and everything else that opens pprof files: what the filters left.
package struct PprofFormat: ReportFormat {
    package static let id = "pprof"
    package static let explanation = "for go tool pprof, Pyroscope, Grafana, Speedscope: the profile after the filters"
    package static let isBinary = true

    package static func bytes(of report: Report) throws -> [UInt8] {
        var profile = report.profile
        if !report.filter.isEmpty {
            profile = profile.compacted()
            profile.comments.append("filtered with " + report.filter.options.joined(separator: " "))
        }
        profile.defaultSampleType = report.sampleType.type
        return try profile.encoded()
    }
}
