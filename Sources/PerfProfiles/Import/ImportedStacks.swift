/// Collects the stacks of a text, each distinct one once.
struct ImportedStacks {
    private(set) var profile = Profile()
    private let limitBytes: Int
    private var budgetBytes: Int
    private var functions: [String: Int] = [:]
    private var mappings: [String: Int] = [:]
    private var locations: [Profile.Location: Int] = [:]
    private var labelSets: [[Profile.Label]: Int] = [[]: 0]
    private var samples = SequenceIndex()

    init(limits: PprofLimits) {
        limitBytes = limits.decodedBytes
        budgetBytes = limits.decodedBytes
    }

    mutating func function(_ name: String) throws(PprofError) -> Int {
        if let known = functions[name] { return known }
        try spend(2 * name.utf8.count + MemoryLayout<Profile.Function>.stride + 96)
        functions[name] = profile.functions.count
        profile.functions.append(Profile.Function(name: name, systemName: name, file: "", startLine: 0))
        return profile.functions.count - 1
    }

    mutating func mapping(_ file: String) throws(PprofError) -> Int {
        if let known = mappings[file] { return known }
        try spend(2 * file.utf8.count + MemoryLayout<Profile.Mapping>.stride + 96)
        mappings[file] = profile.mappings.count
        profile.mappings.append(Profile.Mapping(start: 0, limit: 0, offset: 0, file: file, buildID: ""))
        return profile.mappings.count - 1
    }

    mutating func location(_ location: Profile.Location) throws(PprofError) -> Int {
        if let known = locations[location] { return known }
        try spend(2 * MemoryLayout<Profile.Location>.stride + 2 * 32 * (location.lines.count + 1) + 32)
        locations[location] = profile.locations.count
        profile.locations.append(location)
        return profile.locations.count - 1
    }

    mutating func labelSet(_ labels: [Profile.Label]) throws(PprofError) -> Int {
        if let known = labelSets[labels] { return known }
        try spend(2 * MemoryLayout<Profile.Label>.stride * labels.count + 128)
        labelSets[labels] = profile.labelSets.count
        profile.labelSets.append(labels)
        return profile.labelSets.count - 1
    }

    /// Adds a stack, leaf first; one that is known already gets the sum.
    ///
    /// - Returns: the index of the sample.
    mutating func add(_ stack: [Int], labelSet: Int, values: [Int64]) throws(PprofError) -> Int {
        let hash = samples.hash(stack.lazy.map { UInt64(truncatingIfNeeded: $0) }, UInt64(labelSet))
        let known = samples.entry(hash) {
            profile.samples[$0].labelSet == labelSet && profile.samples[$0].locations == stack
        }
        if let known {
            for index in values.indices {
                profile.samples[known].values[index] = saturatingSum(
                    profile.samples[known].values[index], values[index])
            }
            return known
        }
        try spend(MemoryLayout<Profile.Sample>.stride + 8 * (stack.count + values.count) + 80)
        samples.append(hash)
        // A copy without spare room.
        profile.samples.append(Profile.Sample(locations: Array(stack[...]), values: values, labelSet: labelSet))
        return profile.samples.count - 1
    }

    mutating func spend(_ size: Int) throws(PprofError) {
        budgetBytes -= size
        guard budgetBytes >= 0 else { throw PprofError(.tooLarge(what: "its stacks", limitBytes: limitBytes)) }
    }
}
