/// When the samples of a profile were taken.
///
/// A sample of a profile stands for all that have its stack and its labels: it occurs here once for each of them. So
/// one that occurs n times has an n-th of its values at each of its times.
package struct SampleTimeline: Hashable, Sendable {
    /// The part of the recording that the profile is about, in nanoseconds since the recording began.
    package var range: Range<Int64>
    /// Nanoseconds since the recording began, never decreasing.
    package private(set) var times: [Int64] = []
    /// For each of the times, an index into the profile's `samples`.
    package private(set) var samples: [Int32] = []
    /// Samples whose times were not kept because there were too many.
    package var droppedCount: Int64

    package init(range: Range<Int64>, droppedCount: Int64 = 0) {
        self.range = range
        self.droppedCount = droppedCount
    }

    package var count: Int { times.count }

    package mutating func reserveCapacity(_ count: Int) {
        times.reserveCapacity(count)
        samples.reserveCapacity(count)
    }

    /// Adds a time that is not before the last one; an earlier one counts as simultaneous.
    package mutating func append(time: Int64, sample: Int32) {
        times.append(max(time, times.last ?? time))
        samples.append(sample)
    }

    /// The positions of the times in `[start, end)`.
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

    /// The timeline of a profile in which sample `index` has become `newIndices[index]`; nil drops it.
    func renumbered(_ newIndices: [Int32?]) -> SampleTimeline {
        var result = SampleTimeline(range: range, droppedCount: droppedCount)
        result.reserveCapacity(count)
        for (time, sample) in zip(times, samples) {
            guard newIndices.indices.contains(Int(sample)), let new = newIndices[Int(sample)] else { continue }
            result.append(time: time, sample: new)
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
