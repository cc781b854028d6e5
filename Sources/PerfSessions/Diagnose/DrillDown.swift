import PerfDiagnosis
import PerfLinux
import PerfModel
import PerfProfiles
import PerfSampling

/// Profiles the culprit for two seconds, where that is permitted.
struct DrillDown {
    let request: DrillDownRequest

    private static let duration: Duration = .seconds(2)

    struct Outcome {
        var profile: Profile?
        /// Why there is none.
        var unmeasured: Unmeasured?
        /// What ended it early.
        var signal: Int32?
    }

    func profile(progress: (Duration) -> Void) -> Outcome {
        var options = SamplingOptions()
        options.frequency = 499
        if case .offCPU = request.clock { options.clock = .offCPU }
        do {
            let session = try RecordSession(
                target: .attach(.processes([request.pid])), duration: Self.duration, options: options)
            let recording = try session.record { _, elapsed in progress(elapsed) }
            var outcome = Outcome(profile: recording.profile)
            if case .signal(let number) = recording.ending { outcome.signal = number }
            return outcome
        } catch {
            let known = error as? any UserFacingError
            return Outcome(
                unmeasured: Unmeasured(
                    id: "profile",
                    reason: "no profile of \(request.process.printable): \(known?.summary ?? "\(error)")",
                    remedy: known?.remedy ?? ""))
        }
    }
}
