import PerfProfiles

/// Both profiles as one with two sample types, so that one tree has the values of both.
enum MergedProfile {
    /// Of each stack the value after, and the value before on the same scale.
    static func of(_ report: DifferenceReport) -> Profile {
        let comparison = report.comparison
        let unit = comparison.sampleType.unit
        var profile = report.after.profile
        profile.sampleTypes = ["after", "before"].map { Profile.ValueType(type: $0, unit: unit) }
        profile.defaultSampleType = "after"
        // Its samples are no longer those that the times belong to.
        profile.timeline = nil
        profile.labelSets = [[]]
        profile.mappings = []
        profile.comments = []
        var mappings: [String: Int] = [:]
        profile.functions = comparison.stacks.functions.map {
            Profile.Function(name: $0.name, systemName: "", file: $0.file, startLine: $0.line)
        }
        profile.locations = comparison.stacks.functions.indices.map { index in
            let file = comparison.stacks.functions[index].module
            let mapping = mappings[file] ?? profile.mappings.count
            if mapping == profile.mappings.count {
                mappings[file] = mapping
                profile.mappings.append(Profile.Mapping(start: 0, limit: 0, offset: 0, file: file, buildID: ""))
            }
            return Profile.Location(
                mapping: mapping, address: UInt64(index) + 1, lines: [Profile.Line(function: index, line: 0)])
        }
        let scale = report.scaleOfBefore
        profile.samples = comparison.stacks.stacks.map { stack in
            Profile.Sample(
                locations: stack.frames.reversed(),
                values: [stack.after.value, Int64(clamping: Double(stack.before.value) * scale)], labelSet: 0)
        }
        return profile
    }
}
