/// When the samples of a profile were taken.
///
/// A sample of a profile stands for all that have its stack and its labels: it occurs here once for each of them. So
/// one that occurs n times has an n-th of its values at each of its times. Of waits, each of which lasts for some time,
/// an occurrence has as large a part of the values as it has of the time.
package struct SampleTimeline: Hashable, Sendable {
    /// The part of the recording that the profile is about, in nanoseconds since the recording began.
    package var range: Range<Int64>
    /// Nanoseconds since the recording began, never decreasing.
    package private(set) var times: [Int64] = []
    /// For each of the times, an index into the profile's `samples`.
    package private(set) var samples: [Int32] = []
    /// For each of the times, how long that lasted in nanoseconds, 0 for a moment; empty where all are moments.
    package private(set) var durations: [Int64] = []
    /// Samples whose times were not kept because there were too many.
    package var droppedCount: Int64

    package init(range: Range<Int64>, droppedCount: Int64 = 0) {
        self.range = range
        self.droppedCount = droppedCount
    }

    package var count: Int { times.count }

    /// Whether any of the times is more than a moment.
    package var hasDurations: Bool { !durations.isEmpty }

    package func duration(at position: Int) -> Int64 {
        durations.isEmpty ? 0 : durations[position]
    }

    package mutating func reserveCapacity(_ count: Int) {
        times.reserveCapacity(count)
        samples.reserveCapacity(count)
    }

    /// Adds a time that is not before the last one; an earlier one counts as simultaneous.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since the recording began.
    ///   - sample: index into the profile's `samples`.
    ///   - duration: how long it lasted, in nanoseconds; 0 for a moment.
    package mutating func append(time: Int64, sample: Int32, duration: Int64 = 0) {
        if duration > 0, durations.isEmpty { durations = Array(repeating: 0, count: times.count) }
        let isLong = duration > 0 || !durations.isEmpty
        times.append(max(time, times.last ?? time))
        samples.append(sample)
        if isLong { durations.append(max(duration, 0)) }
    }

    /// The positions of the times in `[start, end)`, whatever lasts into it left out.
    package func positions(from start: Int64, to end: Int64) -> Range<Int> {
        let first = firstPosition(notBefore: start)
        return first..<max(first, firstPosition(notBefore: end))
    }

    /// How often each of the profile's samples occurs.
    package func occurrences(sampleCount: Int) -> [Int64] {
        var result = [Int64](repeating: 0, count: sampleCount)
        for sample in samples where result.indices.contains(Int(sample)) { result[Int(sample)] += 1 }
        return result
    }

    /// How long each of the profile's samples lasted altogether, in nanoseconds; 0 for one that is only moments.
    package func extents(sampleCount: Int) -> [Int64] {
        var result = [Int64](repeating: 0, count: sampleCount)
        for (sample, duration) in zip(samples, durations) where result.indices.contains(Int(sample)) {
            result[Int(sample)] = saturatingSum(result[Int(sample)], duration)
        }
        return result
    }

    /// What lies in `range`, and of what lasts over its edges the part inside.
    package func cut(to range: Range<Int64>) -> SampleTimeline {
        var result = SampleTimeline(range: range, droppedCount: droppedCount)
        let inside = positions(from: range.lowerBound, to: range.upperBound)
        for position in hasDurations ? 0..<inside.upperBound : inside {
            let start = max(times[position], range.lowerBound)
            let end = min(saturatingSum(times[position], duration(at: position)), range.upperBound)
            guard end > start || times[position] >= range.lowerBound else { continue }
            result.append(time: start, sample: samples[position], duration: end - start)
        }
        return result
    }

    /// The timeline of a profile in which sample `index` has become `newIndices[index]`; nil drops it.
    func renumbered(_ newIndices: [Int32?]) -> SampleTimeline {
        var result = SampleTimeline(range: range, droppedCount: droppedCount)
        result.reserveCapacity(count)
        for position in times.indices {
            let sample = Int(samples[position])
            guard newIndices.indices.contains(sample), let new = newIndices[sample] else { continue }
            result.append(time: times[position], sample: new, duration: duration(at: position))
        }
        return result
    }

    private func firstPosition(notBefore time: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
