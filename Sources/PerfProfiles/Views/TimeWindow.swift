import PerfModel

/// A part of a recording: `[start, end)` in nanoseconds since it began.
package struct TimeWindow: Hashable, Sendable {
    /// Nil: from the beginning.
    package var start: Int64?
    /// Nil: to the end.
    package var end: Int64?
    /// As the user wrote it.
    package let text: String

    /// Reads `A,B`, where either side may be empty and a bare number means seconds: `2.5,3`, `500ms,1s`, `,3s`.
    package init(parsing text: String) throws(ViewError) {
        func fail(_ reason: String) -> ViewError { .badWindow(text, reason: reason) }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw fail("it needs one comma, between beginning and end") }
        let times = try parts.map { part throws(ViewError) -> Int64? in
            let word = part.filter { $0 != " " }
            guard !word.isEmpty else { return nil }
            guard let time = Self.nanoseconds(word) else { throw fail("'\(word.printable)' is not a time") }
            return time
        }
        guard times[0] != nil || times[1] != nil else { throw fail("it has neither a beginning nor an end") }
        guard (times[0] ?? 0) < (times[1] ?? .max) else { throw fail("it ends before it begins") }
        start = times[0]
        end = times[1]
        self.text = text
    }

    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        // Longer ones first: "ms" ends in "s".
        ("ms", 1_000_000), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ns", 1), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    private static func nanoseconds(_ word: String) -> Int64? {
        let unit = units.first { word.hasSuffix($0.suffix) } ?? ("", 1_000_000_000)
        let number = word.dropLast(unit.suffix.count)
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.contains(where: { !$0.isEmpty }) else { return nil }
        guard parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        guard let whole = parts[0].isEmpty ? 0 : Int64(parts[0]) else { return nil }
        var (result, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        var place = unit.nanoseconds
        for digit in parts.dropFirst().first?.utf8.prefix(18) ?? "".utf8.prefix(0) where !overflow {
            // Digits below a nanosecond are worth nothing; of minutes, the sixth is the last that counts fully.
            (result, overflow) = result.addingReportingOverflow(Int64(digit - 0x30) * place / 10)
            place /= 10
        }
        return overflow ? nil : result
    }

    /// The part of `range` that lies in the window; nil when there is none.
    package func clamped(to range: Range<Int64>) -> Range<Int64>? {
        let (start, end) = (max(start ?? .min, range.lowerBound), min(end ?? .max, range.upperBound))
        return start < end ? start..<end : nil
    }
}

extension Profile {
    /// What was sampled in a window; the profile itself where it has no timeline.
    ///
    /// Of a sample's values, the window gets as large a part as it has of the sample's times. Of waits it gets the
    /// time that lies inside, and counts each that it has a part of. Times keep to the beginning of the recording, so
    /// that they can be compared with those of the whole.
    package func cut(to window: TimeWindow) -> Profile {
        guard let timeline else { return self }
        let range =
            window.clamped(to: timeline.range) ?? timeline.range.lowerBound..<timeline.range.lowerBound
        let cut = timeline.cut(to: range)
        let (all, inside) = (
            timeline.occurrences(sampleCount: samples.count), cut.occurrences(sampleCount: samples.count)
        )
        let (allTime, timeInside) = (
            timeline.extents(sampleCount: samples.count), cut.extents(sampleCount: samples.count)
        )
        var result = self
        var newIndices = [Int32?](repeating: nil, count: samples.count)
        result.samples = []
        for (index, sample) in samples.enumerated() where inside[index] > 0 {
            var part = sample
            for value in part.values.indices {
                let isTime = sampleTypes.indices.contains(value) && sampleTypes[value].unit == "nanoseconds"
                part.values[value] =
                    allTime[index] > 0 && isTime
                    ? Self.part(timeInside[index], of: allTime[index], value: sample.values[value])
                    : Self.part(inside[index], of: all[index], value: sample.values[value])
            }
            newIndices[index] = Int32(truncatingIfNeeded: result.samples.count)
            result.samples.append(part)
        }
        result.timeline = cut.renumbered(newIndices)
        if startedAt != 0 { result.startedAt = startedAt &+ (range.lowerBound - timeline.range.lowerBound) }
        result.duration = range.upperBound - range.lowerBound
        return result
    }

    /// `value * part / whole`, to the nearest.
    package static func part(_ part: Int64, of whole: Int64, value: Int64) -> Int64 {
        guard part < whole else { return value }
        let product = value.magnitude.multipliedFullWidth(by: part.magnitude)
        let (quotient, remainder) = whole.magnitude.dividingFullWidth(product)
        let rounded = quotient + (remainder >= whole.magnitude - remainder ? 1 : 0)
        return value < 0 ? -Int64(rounded) : Int64(rounded)
    }

    /// Replaces the samples by those for which `isKept` holds, and the timeline by theirs.
    mutating func keepSamples(where isKept: (Sample) -> Bool) {
        var kept: [Sample] = []
        var newIndices = [Int32?](repeating: nil, count: timeline == nil ? 0 : samples.count)
        for (index, sample) in samples.enumerated() where isKept(sample) {
            if timeline != nil { newIndices[index] = Int32(truncatingIfNeeded: kept.count) }
            kept.append(sample)
        }
        samples = kept
        timeline = timeline?.renumbered(newIndices)
    }
}
