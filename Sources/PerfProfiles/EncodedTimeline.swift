import FoundationEssentials

/// A ``SampleTimeline`` as it stands in a file: a few bytes for each time.
///
/// The bytes are varints, in version 1 two for each time: units since the time before, and the sample's position in the
/// file. Version 2 has a third, how many units it lasted. What has no durations is written as version 1, which every
/// reader knows; one that does not know version 2 would take waits for moments, and says that it has no times instead.
package struct EncodedTimeline: Hashable, Sendable, Codable {
    static let momentsVersion = 1
    static let durationsVersion = 2

    /// Layout of this value; 0 when it could not be read.
    package private(set) var version = momentsVersion
    /// Where the profile begins, in nanoseconds since the recording began.
    private var base: Int64 = 0
    private var length: Int64 = 0
    /// Nanoseconds of a unit of time.
    private var unit: Int64 = 1
    private var count = 0
    private var dropped: Int64 = 0
    private var bytes: [UInt8] = []

    private enum CodingKeys: String, CodingKey {
        case version, count, dropped
        case base = "base_ns"
        case length = "length_ns"
        case unit = "unit_ns"
        case bytes = "data"
    }

    /// Encodes a timeline.
    ///
    /// Recordings have times in whole microseconds, which saves a byte for each; others are kept to the nanosecond.
    ///
    /// - Parameters:
    ///   - timeline: what to encode.
    ///   - positions: where each of the profile's samples stands in the file.
    /// - Throws: `.notEncodable` when the timeline refers to a sample that is not there.
    init(_ timeline: SampleTimeline, positions: [Int]) throws(PprofError) {
        base = timeline.range.lowerBound
        length = timeline.range.upperBound.subtractingReportingOverflow(base).partialValue
        count = timeline.count
        dropped = timeline.droppedCount
        let isCoarse = timeline.times.allSatisfy { ($0 &- base) % 1000 == 0 }
        unit = isCoarse && timeline.durations.allSatisfy { $0 % 1000 == 0 } ? 1000 : 1
        version = timeline.hasDurations ? Self.durationsVersion : Self.momentsVersion
        var writer = WireWriter()
        var last = base
        for index in timeline.times.indices {
            let (time, sample) = (timeline.times[index], timeline.samples[index])
            guard positions.indices.contains(Int(sample)) else {
                throw PprofError(.notEncodable("its timeline refers to sample \(sample) of \(positions.count)"))
            }
            // A time before the base, which only a profile that was put together by hand has, counts as the base.
            writer.varint(UInt64(max(time &- last, 0) / unit))
            writer.varint(UInt64(positions[Int(sample)]))
            if timeline.hasDurations { writer.varint(UInt64(timeline.durations[index] / unit)) }
            last = max(time, last)
        }
        bytes = writer.bytes
    }

    package init(from decoder: any Decoder) throws {
        do {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            version = try container.decode(Int.self, forKey: .version)
            guard isKnown else { return }
            base = try container.decode(Int64.self, forKey: .base)
            length = try container.decode(Int64.self, forKey: .length)
            unit = try container.decode(Int64.self, forKey: .unit)
            count = try container.decode(Int.self, forKey: .count)
            dropped = try container.decode(Int64.self, forKey: .dropped)
            bytes = Array(try container.decode(Data.self, forKey: .bytes))
        } catch {
            // The other extras are good without it; the reader of the profile says what is missing.
            version = 0
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(base, forKey: .base)
        try container.encode(length, forKey: .length)
        try container.encode(unit, forKey: .unit)
        try container.encode(count, forKey: .count)
        try container.encode(dropped, forKey: .dropped)
        try container.encode(Data(bytes), forKey: .bytes)
    }

    private var isKnown: Bool { version == Self.momentsVersion || version == Self.durationsVersion }

    /// The timeline of a profile with so many samples; nil when it is damaged or of an unknown version.
    func decoded(sampleCount: Int) -> SampleTimeline? {
        let (end, overflow) = base.addingReportingOverflow(length)
        // Two bytes at least for each time, so that a number cannot take more memory than the file has.
        guard isKnown, base >= 0, length >= 0, !overflow, unit > 0, unit <= 1_000_000_000,
            count >= 0, count <= bytes.count / 2
        else { return nil }
        var result = SampleTimeline(range: base..<end, droppedCount: max(dropped, 0))
        result.reserveCapacity(count)
        var reader = WireReader(0..<bytes.count)
        var time = base
        do throws(PprofError) {
            while !reader.isAtEnd {
                let delta = try reader.varint(in: bytes.span)
                let sample = try reader.varint(in: bytes.span)
                let (step, isTooLong) = UInt64(unit).multipliedReportingOverflow(by: delta)
                guard !isTooLong, step <= UInt64(end - time), sample < UInt64(sampleCount) else { return nil }
                time += Int64(step)
                var duration: Int64 = 0
                if version == Self.durationsVersion {
                    let units = try reader.varint(in: bytes.span)
                    let (length, isTooLong) = UInt64(unit).multipliedReportingOverflow(by: units)
                    guard !isTooLong, length <= UInt64(end - time) else { return nil }
                    duration = Int64(length)
                }
                result.append(time: time, sample: Int32(truncatingIfNeeded: sample), duration: duration)
            }
        } catch {
            return nil
        }
        return result.count == count ? result : nil
    }
}
