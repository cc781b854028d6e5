import PerfDiagnosis
import PerfModel
import PerfProfiles
import Testing

@testable import PerfSessions

@Suite("Profiles confirm verdicts")
struct ProfileConfirmationTests {
    /// Waits in nanoseconds by their reason.
    private func profile(_ waits: [(WaitReason, Int64)]) -> Profile {
        var profile = Profile()
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"), Profile.ValueType(type: "off_cpu", unit: "nanoseconds"),
        ]
        for wait in waits {
            profile.labelSets.append([Profile.Label(key: LabelKey.wait, value: .text(wait.0.rawValue))])
            profile.samples.append(
                Profile.Sample(locations: [], values: [1, wait.1], labelSet: profile.labelSets.count - 1))
        }
        return profile
    }

    private func confidence(
        _ before: Verdict.Confidence, _ waits: [(WaitReason, Int64)], clock: DrillDownRequest.Clock = .offCPU(.lock)
    ) -> Verdict.Confidence {
        ProfileConfirmation.applied(
            to: Verdict(.lock, before, summary: ""), profile: profile(waits),
            request: DrillDownRequest(pid: 7, process: "app", clock: clock)
        ).confidence
    }

    @Test("waits for the same reason make it surer by one step")
    func confirmed() {
        #expect(confidence(.medium, [(.lock, 900), (.disk, 100)]) == .high)
        #expect(confidence(.low, [(.lock, 900)]) == .medium)
        #expect(confidence(.high, [(.lock, 900)]) == .high)
    }

    @Test("idle and sleeping threads do not count, other reasons do")
    func notConfirmed() {
        #expect(confidence(.medium, [(.lock, 10), (.idle, 9000), (.sleep, 9000)]) == .high)
        #expect(confidence(.medium, [(.lock, 10), (.disk, 90)]) == .medium)
        #expect(confidence(.medium, []) == .medium)
        #expect(confidence(.medium, [(.idle, 5)]) == .medium)
    }

    @Test("a profile of CPU time says nothing about waits")
    func cpu() {
        #expect(confidence(.medium, [(.lock, 900)], clock: .cpu) == .medium)
    }
}
