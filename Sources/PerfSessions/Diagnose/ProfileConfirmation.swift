import PerfDiagnosis
import PerfModel
import PerfProfiles

/// What a profile of the culprit says of a verdict: a source that does not depend on those the verdict rests on.
enum ProfileConfirmation {
    /// From this share of the waits on, a profile confirms what was seen from outside.
    private static let confirming = 0.5

    /// The verdict, surer by one step where the profile confirms what it waits for.
    ///
    /// - Parameters:
    ///   - verdict: as it came from the checks.
    ///   - profile: of the culprit, afterwards.
    ///   - request: why it was taken.
    /// - Returns: the verdict; a profile of CPU time leaves it as it is.
    static func applied(to verdict: Verdict, profile: Profile, request: DrillDownRequest) -> Verdict {
        guard case .offCPU(let wanted?) = request.clock, let share = share(of: wanted, in: profile),
            share >= confirming
        else { return verdict }
        var verdict = verdict
        verdict.confidence = verdict.confidence == .low ? .medium : .high
        return verdict
    }

    /// Of the time that threads waited and had something to do, what one reason takes; nil without such time.
    static func share(of reason: WaitReason, in profile: Profile) -> Double? {
        guard let index = profile.sampleTypes.firstIndex(where: { $0.type == "off_cpu" }) else { return nil }
        let passive: Set<String> = [WaitReason.idle.rawValue, WaitReason.sleep.rawValue, WaitReason.unknown.rawValue]
        var (part, whole) = (0.0, 0.0)
        for sample in profile.samples where sample.values.indices.contains(index) {
            guard let found = profile.text(LabelKey.wait, in: sample.labelSet), !passive.contains(found) else {
                continue
            }
            whole += Double(sample.values[index])
            if found == reason.rawValue { part += Double(sample.values[index]) }
        }
        return whole > 0 ? part / whole : nil
    }
}
