import PerfProfiles

/// The times of a profile put into buckets, for a page that has to stay small.
///
/// An entry counts samples, or, where a time lasts, the time that a row has of a bucket.
///
/// A column of the heat map is a second and has 50 buckets of 20 ms. Recordings that are too long for that, or have
/// too many distinct stacks in a bucket, get columns of several seconds.
struct HTMLTimeline {
    static let bucketsPerColumn = 50

    /// More columns than this are narrower than a person can see or hit.
    static let columnLimit = 600
    /// Nanoseconds that a count stands for where times last: finer ones make the page longer and nobody sees them.
    static let timeUnit: Int64 = 1000
    /// Each entry, which is a row that was seen in a bucket, takes three or four bytes of the page.
    static let entryLimit = 1_000_000

    private static let secondsOfColumn: [Int64] = [
        1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800,
    ]

    /// Nanoseconds of a bucket.
    let width: Int64
    /// Where the first column begins, in nanoseconds since the recording began.
    let base: Int64
    /// How many entries each bucket has, up to the last one that has any.
    private(set) var sizes: [Int] = []
    /// Of each entry, how far its row lies behind that of the entry before it; the first of a bucket has it whole.
    private(set) var rows: [Int] = []
    /// Which entries count for more than one, each by its distance from the one before.
    private(set) var repeated: [Int] = []
    /// What those count for.
    private(set) var counts: [Int] = []

    /// - Parameters:
    ///   - timeline: the times.
    ///   - rowOfSample: to which row of the page each sample belongs; -1 for none.
    ///   - momentLength: nanoseconds that a moment stands for beside times that last.
    init(_ timeline: SampleTimeline, rowOfSample: [Int32], momentLength: Int64 = 1_000_000) {
        let seconds = Self.secondsOfColumn
        var size =
            seconds.firstIndex { Self.columns(of: timeline.range, seconds: $0) <= Int64(Self.columnLimit) }
            ?? seconds.count - 1
        while true {
            let column = seconds[size] * 1_000_000_000
            let grid = Grid(
                width: column / Int64(Self.bucketsPerColumn), base: timeline.range.lowerBound / column * column,
                limit: size + 1 < seconds.count ? Self.entryLimit : .max)
            let entries =
                timeline.hasDurations
                ? grid.times(timeline, rowOfSample: rowOfSample, momentLength: max(momentLength, Self.timeUnit))
                : grid.moments(timeline, rowOfSample: rowOfSample)
            if let entries {
                (width, base) = (grid.width, grid.base)
                add(entries)
                return
            }
            size += 1
        }
    }

    private mutating func add(_ entries: [Entry]) {
        sizes = Array(repeating: 0, count: (entries.last?.bucket ?? -1) + 1)
        rows.reserveCapacity(entries.count)
        var (previous, lastRepeated) = (0, 0)
        for (index, entry) in entries.enumerated() {
            rows.append(sizes[entry.bucket] == 0 ? entry.row : entry.row - previous)
            previous = entry.row
            sizes[entry.bucket] += 1
            guard entry.count > 1 else { continue }
            repeated.append(index - lastRepeated)
            lastRepeated = index
            counts.append(entry.count)
        }
    }

    private static func columns(of range: Range<Int64>, seconds: Int64) -> Int64 {
        range.upperBound / (seconds * 1_000_000_000) - range.lowerBound / (seconds * 1_000_000_000) + 1
    }
}

extension HTMLTimeline {
    private struct Entry {
        var bucket: Int
        var row: Int
        var count: Int
    }

    /// Buckets of one width, and the entries that they get; nil for too many.
    private struct Grid {
        let width: Int64
        let base: Int64
        let limit: Int

        /// Samples in each bucket.
        func moments(_ timeline: SampleTimeline, rowOfSample: [Int32]) -> [Entry]? {
            var result: [Entry] = []
            var inBucket: [Int: Int] = [:]
            var bucket = -1
            func flush(_ result: inout [Entry], _ inBucket: inout [Int: Int]) {
                for (row, count) in inBucket.sorted(by: { $0.key < $1.key }) {
                    result.append(Entry(bucket: bucket, row: row, count: count))
                }
                inBucket.removeAll(keepingCapacity: true)
            }
            for (time, sample) in zip(timeline.times, timeline.samples) {
                guard rowOfSample.indices.contains(Int(sample)), rowOfSample[Int(sample)] >= 0 else { continue }
                let next = Int(max(time - base, 0) / width)
                if next != bucket {
                    flush(&result, &inBucket)
                    guard result.count <= limit else { return nil }
                    bucket = next
                }
                inBucket[Int(rowOfSample[Int(sample)]), default: 0] += 1
            }
            flush(&result, &inBucket)
            return result.count <= limit ? result : nil
        }

        /// The part of each time that lies in each bucket, in units of ``HTMLTimeline/timeUnit``.
        func times(_ timeline: SampleTimeline, rowOfSample: [Int32], momentLength: Int64) -> [Entry]? {
            var parts: [Int64: Int64] = [:]
            for position in timeline.times.indices {
                let sample = Int(timeline.samples[position])
                guard rowOfSample.indices.contains(sample), rowOfSample[sample] >= 0 else { continue }
                let start = max(timeline.times[position] - base, 0)
                let duration = timeline.duration(at: position)
                // A moment lies in its own bucket as a whole.
                let end = duration > 0 ? start + duration : start + 1
                var edge = start
                while edge < end {
                    let bucket = edge / width
                    let next = min((bucket + 1) * width, end)
                    let part = duration > 0 ? next - edge : momentLength
                    parts[bucket << 32 | Int64(rowOfSample[sample]), default: 0] += part
                    edge = next
                    guard parts.count <= limit else { return nil }
                }
            }
            return parts.sorted { $0.key < $1.key }.map { key, part in
                Entry(
                    bucket: Int(key >> 32), row: Int(key & 0xFFFF_FFFF),
                    count: max(1, Int((part + HTMLTimeline.timeUnit / 2) / HTMLTimeline.timeUnit)))
            }
        }
    }
}
