import PerfDiagnosis
import PerfModel
import PerfProfiles

/// The function of a profile that a diagnosis names.
enum HotFunction {
    struct Found {
        var name: String
        /// Empty when unknown.
        var file: String
        /// 0 when unknown.
        var line: Int
    }

    /// The function with most of the time: of CPU time the innermost one that is not the kernel's, of waits the
    /// innermost one of the program itself.
    ///
    /// - Parameters:
    ///   - profile: of the culprit.
    ///   - request: why it was taken; tells which samples count.
    /// - Returns: the function; nil where no sample counts.
    static func hottest(in profile: Profile, request: DrillDownRequest?) -> Found? {
        var wanted: WaitReason?
        if case .offCPU(let reason) = request?.clock { wanted = reason }
        let index =
            profile.defaultSampleType.isEmpty
            ? 0 : max(0, profile.sampleTypes.firstIndex { $0.type == profile.defaultSampleType } ?? 0)
        var totals: [Int: Int64] = [:]
        var lines: [Int: Int] = [:]
        for sample in profile.samples where sample.values.indices.contains(index) {
            if let wanted, let reason = profile.text(LabelKey.wait, in: sample.labelSet), reason != wanted.rawValue {
                continue
            }
            guard let (function, line) = blamed(sample, profile, isWait: wanted != nil) else { continue }
            totals[function] = saturatingSum(totals[function] ?? 0, sample.values[index])
            lines[function] = lines[function] ?? line
        }
        guard let hottest = totals.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else { return nil }
        let function = profile.functions[hottest]
        return Found(name: function.name, file: function.file, line: lines[hottest] ?? 0)
    }

    private static func blamed(_ sample: Profile.Sample, _ profile: Profile, isWait: Bool) -> (Int, Int)? {
        var fallback: (Int, Int)?
        for location in sample.locations {
            let place = profile.locations[location]
            let module = place.mapping.map { profile.mappings[$0].file } ?? ""
            for line in place.lines {
                let category = FrameCategory(name: profile.functions[line.function].name, module: module)
                if category == .kernel { continue }
                if category == .own || (category == .library && !isWait) { return (line.function, line.line) }
                fallback = fallback ?? (line.function, line.line)
            }
        }
        return fallback
    }
}
