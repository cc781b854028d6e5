import PerfDiagnosis
import PerfLinux
import PerfModel
import PerfProfiles
import PerfSampling

/// Profiles the culprit for two seconds, where that is permitted.
struct DrillDown {
    let request: DrillDownRequest

    private static let duration: Duration = .seconds(2)

    /// The profile, or why there is none.
    func profile(progress: (Duration) -> Void) -> (profile: Profile?, unmeasured: Unmeasured?) {
        var options = SamplingOptions()
        options.frequency = 499
        if case .offCPU = request.clock { options.clock = .offCPU }
        do {
            let session = try RecordSession(
                target: .attach(.processes([request.pid])), duration: Self.duration, options: options)
            return (try session.record { _, elapsed in progress(elapsed) }.profile, nil)
        } catch {
            let known = error as? any UserFacingError
            return (
                nil,
                Unmeasured(
                    id: "profile",
                    reason: "no profile of \(request.process.printable): \(known?.summary ?? "\(error)")",
                    remedy: known?.remedy ?? "")
            )
        }
    }
}
