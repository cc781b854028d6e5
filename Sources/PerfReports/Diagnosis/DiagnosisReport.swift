import PerfDiagnosis
import PerfHost
import PerfModel
import PerfProbes
import PerfProfiles

/// A diagnosis and what it rests on: what its formats turn into bytes.
package final class DiagnosisReport: Sendable {
    /// With the culprit's function where there is a profile.
    package let diagnosis: Diagnosis
    package let observation: HostObservation
    /// All snapshots, in order: for what changes over time.
    package let snapshots: [HostSnapshot]
    /// Of the culprit.
    package let profile: Profile?
    /// Nil for a replay, whose host is not told.
    package let host: HostDescription?
    /// Nanoseconds since 1970-01-01 UTC; 0 for unknown.
    package let startedAt: Int64
    package let duration: Duration
    package let warnings: [Warning]
    /// What the user set, by the id of the check.
    package let thresholds: [String: CheckThreshold]
    package let layout: Report.Layout
    /// Servers that were asked meanwhile.
    package let servers: [ProbeMeasurement]
    /// What servers tell of the guides' key metrics; empty where nobody asked.
    package let keyMetrics: [KeyMetricState]

    /// Takes what a session found, and looks the culprit's function up in its profile.
    package init(
        diagnosis: Diagnosis, observation: HostObservation, snapshots: [HostSnapshot], profile: Profile?,
        host: HostDescription?, startedAt: Int64, duration: Duration, warnings: [Warning],
        thresholds: [String: CheckThreshold] = [:], layout: Report.Layout = Report.Layout(),
        servers: [ProbeMeasurement] = [], keyMetrics: [KeyMetricState] = []
    ) {
        var diagnosis = diagnosis
        if let profile, let function = HotFunction.hottest(in: profile, request: diagnosis.drillDown) {
            diagnosis.verdict.culprit?.function = function.name
            diagnosis.verdict.culprit?.file = function.file.isEmpty ? nil : function.file
            diagnosis.verdict.culprit?.line = function.line > 0 ? function.line : nil
        }
        self.diagnosis = diagnosis
        self.observation = observation
        self.snapshots = snapshots
        self.profile = profile
        self.host = host
        self.startedAt = startedAt
        self.duration = duration
        self.warnings = warnings
        self.thresholds = thresholds
        self.layout = layout
        self.servers = servers
        self.keyMetrics = keyMetrics
    }

    /// Who is diagnosed, in words: `"the host"`, `"postgres (pid 812) and its cgroup /db"`.
    var subject: String {
        guard let target = observation.target else { return "the host" }
        let name = observation.last.name(ofProcess: target)?.printable ?? "process"
        guard case .available(let state) = observation.last.cgroup, !state.isRoot else {
            return "\(name) (pid \(target))"
        }
        return "\(name) (pid \(target)) and its cgroup \(state.path.printable)"
    }
}

/// A form that a diagnosis can take; one file each, found by its id.
///
/// `ci/generate` lists the conforming types of this target's folders in `DiagnosisFormats+Generated.swift`.
package protocol DiagnosisFormat: Sendable {
    /// What `--format` takes: `"text"`.
    static var id: String { get }
    /// What it is good for, in one sentence.
    static var explanation: String { get }

    /// The whole diagnosis.
    ///
    /// The same report always gives the same bytes.
    static func bytes(of report: DiagnosisReport) throws -> [UInt8]
}

/// All formats of diagnoses.
package enum DiagnosisFormats {
    /// The format that `--format` names, or an error that lists the known ones.
    package static func format(named id: String) throws(UnknownFormatError) -> any DiagnosisFormat.Type {
        guard let format = all.first(where: { $0.id == id }) else {
            throw UnknownFormatError(id: id, known: all.map { $0.id })
        }
        return format
    }
}
