import PerfProfiles

extension SampledStacks {
    /// When the samples were taken and the waits were; nil where the times were not kept.
    ///
    /// - Parameters:
    ///   - samples: those of this value, in the order that they have in the profile.
    ///   - waits: those of this value, which come behind the samples.
    /// - Returns: times that refer to both by their position.
    package func timeline(of samples: [Sample], waits: [SampledWaits.Wait]) -> SampleTimeline? {
        guard !times.isEmpty || self.waits?.intervals != nil else { return nil }
        var positions: [StackTable.Key: Int32] = [:]
        for (position, sample) in samples.enumerated() { positions[sample.key] = Int32(truncatingIfNeeded: position) }
        var entries: [(time: Int64, sample: Int32, duration: Int64)] = []
        entries.reserveCapacity(times.reduce(0) { $0 + $1.count } + (self.waits?.intervals?.count ?? 0))
        for times in times {
            let positionOfKey = times.keys.map { positions[$0] }
            times.read { key, time in
                guard let position = positionOfKey[key] else { return }
                // Samples of the moment in which the events were opened come before the beginning.
                entries.append((Int64(clamping: time > startTime ? time - startTime : 0), position, 0))
            }
        }
        addIntervals(of: waits, behind: samples.count, to: &entries)
        entries.sort { ($0.time, $0.sample) < ($1.time, $1.sample) }
        var result = SampleTimeline(
            range: 0..<entries.reduce(0) { max($0, $1.time + $1.duration) } + 1,
            droppedCount: Int64(
                clamping: times.reduce(0) { $0 + $1.droppedCount } + (self.waits?.intervals?.droppedCount ?? 0))
        )
        result.reserveCapacity(entries.count)
        // Whole microseconds, as the times were kept, whatever fraction the beginning had.
        for entry in entries {
            result.append(
                time: entry.time - entry.time % Int64(SampleTimes.unit), sample: entry.sample, duration: entry.duration
            )
        }
        return result
    }

    private func addIntervals(
        of waits: [SampledWaits.Wait], behind first: Int,
        to entries: inout [(time: Int64, sample: Int32, duration: Int64)]
    ) {
        guard let intervals = self.waits?.intervals else { return }
        var positions: [WaitLedger.Account: Int32] = [:]
        for (index, wait) in waits.enumerated() { positions[wait.account] = Int32(truncatingIfNeeded: first + index) }
        let positionOfAccount = intervals.accounts.map { positions[$0] }
        intervals.read { account, start, duration in
            guard let position = positionOfAccount[account] else { return }
            // A wait that had begun before is in the account from the beginning of the recording on.
            let begin = start > startTime ? start - startTime : 0
            entries.append((Int64(clamping: begin), position, Int64(clamping: duration)))
        }
    }
}
