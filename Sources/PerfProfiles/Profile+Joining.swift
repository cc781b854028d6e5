extension Profile {
    /// Several recordings as one: what they counted together, with the sums of their durations.
    ///
    /// Facts about how it was recorded are those of the first; doubts are those of all.
    ///
    /// - Parameter profiles: at least one; sample types that the first does not have are left out.
    /// - Returns: a profile without times.
    package static func joined(_ profiles: [Profile]) -> Profile {
        guard var result = profiles.first, profiles.count > 1 else { return profiles.first ?? Profile() }
        // The times of several recordings have no common beginning.
        result.timeline = nil
        for profile in profiles.dropFirst() { result.append(profile) }
        return result
    }

    private mutating func append(_ other: Profile) {
        let (firstMapping, firstFunction) = (mappings.count, functions.count)
        let (firstLocation, firstLabelSet) = (locations.count, labelSets.count)
        mappings += other.mappings
        functions += other.functions
        labelSets += other.labelSets
        locations += other.locations.map { location in
            var location = location
            location.mapping = location.mapping.map { $0 + firstMapping }
            for index in location.lines.indices { location.lines[index].function += firstFunction }
            return location
        }
        let places = sampleTypes.map { type in other.sampleTypes.firstIndex { $0.type == type.type } }
        samples += other.samples.map { sample in
            Sample(
                locations: sample.locations.map { $0 + firstLocation },
                values: places.map { place in
                    place.flatMap { sample.values.indices.contains($0) ? sample.values[$0] : nil } ?? 0
                },
                labelSet: sample.labelSet == 0 ? 0 : sample.labelSet + firstLabelSet)
        }
        duration = saturatingSum(duration, other.duration)
        for warning in other.readingWarnings where !readingWarnings.contains(warning) {
            readingWarnings.append(warning)
        }
        guard let extras = other.extras else { return }
        self.extras?.add(extras)
    }
}

extension ProfileExtras {
    fileprivate mutating func add(_ other: ProfileExtras) {
        counts.add(other.counts)
        for warning in other.warnings where !warnings.contains(warning) { warnings.append(warning) }
        threadTimes += other.threadTimes
        isWholeRun = isWholeRun && other.isWholeRun
        // The worst of them; one that nobody knows may have been any.
        if let own = cpuPressure, let others = other.cpuPressure {
            cpuPressure = max(own, others)
        } else {
            cpuPressure = nil
        }
    }
}

extension ProfileExtras.Counts {
    fileprivate mutating func add(_ other: ProfileExtras.Counts) {
        func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
            let (sum, overflows) = left.addingReportingOverflow(right)
            return overflows ? .max : sum
        }
        samples = sum(samples, other.samples)
        lost = sum(lost, other.lost)
        throttled = sum(throttled, other.throttled)
        truncated = sum(truncated, other.truncated)
        degraded = sum(degraded, other.degraded)
        unrooted = sum(unrooted, other.unrooted)
        guessed = sum(guessed, other.guessed)
        malformed = sum(malformed, other.malformed)
    }
}
