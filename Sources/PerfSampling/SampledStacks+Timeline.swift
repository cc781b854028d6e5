import PerfProfiles

extension SampledStacks {
    /// When the samples were taken; nil where the times were not kept.
    ///
    /// - Parameter samples: those of this value, in the order that they have in the profile.
    /// - Returns: times that refer to the samples by their position.
    package func timeline(of samples: [Sample]) -> SampleTimeline? {
        guard !times.isEmpty else { return nil }
        var positions: [StackTable.Key: Int32] = [:]
        for (position, sample) in samples.enumerated() { positions[sample.key] = Int32(truncatingIfNeeded: position) }
        var entries: [(time: Int64, sample: Int32)] = []
        entries.reserveCapacity(times.reduce(0) { $0 + $1.count })
        for times in times {
            let positionOfKey = times.keys.map { positions[$0] }
            times.read { key, time in
                guard let position = positionOfKey[key] else { return }
                // Samples of the moment in which the events were opened come before the beginning.
                entries.append((Int64(clamping: time > startTime ? time - startTime : 0), position))
            }
        }
        entries.sort { ($0.time, $0.sample) < ($1.time, $1.sample) }
        var result = SampleTimeline(
            range: 0..<(entries.last?.time ?? 0) + 1,
            droppedCount: Int64(clamping: times.reduce(0) { $0 + $1.droppedCount })
        )
        result.reserveCapacity(entries.count)
        // Whole microseconds, as the times were kept, whatever fraction the beginning had.
        for entry in entries {
            result.append(time: entry.time - entry.time % Int64(SampleTimes.unit), sample: entry.sample)
        }
        return result
    }
}
