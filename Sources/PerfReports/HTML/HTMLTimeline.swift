import PerfProfiles

/// The times of a profile put into buckets, for a page that has to stay small.
///
/// A column of the heat map is a second and has 50 buckets of 20 ms. Recordings that are too long for that, or have
/// too many distinct stacks in a bucket, get columns of several seconds.
struct HTMLTimeline {
    static let bucketsPerColumn = 50

    /// More columns than this are narrower than a person can see or hit.
    static let columnLimit = 600
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
    /// Which entries count for more than one sample, each by its distance from the one before.
    private(set) var repeated: [Int] = []
    /// What those count for.
    private(set) var counts: [Int] = []

    /// - Parameters:
    ///   - timeline: the times.
    ///   - rowOfSample: to which row of the page each sample belongs; -1 for none.
    init(_ timeline: SampleTimeline, rowOfSample: [Int32]) {
        let seconds = Self.secondsOfColumn
        var size =
            seconds.firstIndex { Self.columns(of: timeline.range, seconds: $0) <= Int64(Self.columnLimit) }
            ?? seconds.count - 1
        var entries: [Entry] = []
        while true {
            let column = seconds[size] * 1_000_000_000
            let (width, base) = (
                column / Int64(Self.bucketsPerColumn), timeline.range.lowerBound / column * column
            )
            entries = Self.entries(timeline, rowOfSample: rowOfSample, width: width, base: base)
            guard entries.count > Self.entryLimit, size + 1 < seconds.count else {
                (self.width, self.base) = (width, base)
                break
            }
            size += 1
        }
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

    private struct Entry {
        var bucket: Int
        var row: Int
        var count: Int
    }

    private static func columns(of range: Range<Int64>, seconds: Int64) -> Int64 {
        range.upperBound / (seconds * 1_000_000_000) - range.lowerBound / (seconds * 1_000_000_000) + 1
    }

    private static func entries(
        _ timeline: SampleTimeline, rowOfSample: [Int32], width: Int64, base: Int64
    ) -> [Entry] {
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
                bucket = next
            }
            inBucket[Int(rowOfSample[Int(sample)]), default: 0] += 1
        }
        flush(&result, &inBucket)
        return result
    }
}
