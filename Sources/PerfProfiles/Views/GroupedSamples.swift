/// The samples of a profile with equal stacks and labels put together.
///
/// A recording has a sample for each tick but few distinct stacks; all later work is done on these.
struct GroupedSamples {
    struct Group {
        /// Indices into the profile's `locations`, leaf first.
        var locations: [Int]
        var labelSet: Int
        var value: Int64
        var sampleCount: Int64
    }

    private(set) var groups: [Group] = []
    /// The group of each sample; only of a profile with a timeline, which refers to samples.
    private(set) var groupOfSample: [Int32] = []
    /// Whether `sampleCount` says anything.
    let countsSamples: Bool

    init(_ profile: Profile, valueIndex: Int) {
        let countIndex = profile.sampleCountIndex
        // A negative count comes from subtracting two profiles: it is no number of samples any more.
        var countsSamples = countIndex != nil
        var index: [Key: Int] = [:]
        for sample in profile.samples {
            let value = sample.values.indices.contains(valueIndex) ? sample.values[valueIndex] : 0
            var count: Int64 = 0
            if let countIndex, sample.values.indices.contains(countIndex) { count = sample.values[countIndex] }
            if count < 0 {
                countsSamples = false
                count = 0
            }
            let key = Key(locations: sample.locations, labelSet: sample.labelSet)
            let isTimed = profile.timeline != nil
            if let position = index[key] {
                if isTimed { groupOfSample.append(Int32(truncatingIfNeeded: position)) }
                groups[position].value = saturatingSum(groups[position].value, value)
                groups[position].sampleCount = saturatingSum(groups[position].sampleCount, count)
            } else {
                index[key] = groups.count
                if isTimed { groupOfSample.append(Int32(truncatingIfNeeded: groups.count)) }
                groups.append(
                    Group(
                        locations: sample.locations, labelSet: sample.labelSet, value: value, sampleCount: count
                    ))
            }
        }
        self.countsSamples = countsSamples
    }

    /// Hashes a stack as one number: hashing word by word costs several times as much.
    private struct Key: Hashable {
        var locations: [Int]
        var labelSet: Int

        func hash(into hasher: inout Hasher) {
            var mixed = UInt64(truncatingIfNeeded: labelSet)
            for location in locations {
                mixed = (mixed ^ UInt64(truncatingIfNeeded: location)) &* 0x9E37_79B9_7F4A_7C15
                mixed ^= mixed >> 29
            }
            hasher.combine(mixed)
        }
    }
}
