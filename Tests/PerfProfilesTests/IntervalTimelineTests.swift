import PerfModel
import Testing

@testable import PerfProfiles

/// Times that last: waits.
@Suite("Timeline of waits") struct IntervalTimelineTests {
    private static let second: Int64 = 1_000_000_000

    /// A lock is waited for from 1 s to 3 s and from 3.5 s to 4 s; a thread runs for 10 ms at 3.2 s.
    static var profile: Profile {
        var profile = ExampleProfile.withExtras
        profile.sampleTypes = [.init(type: "samples", unit: "count"), .init(type: "off_cpu", unit: "nanoseconds")]
        profile.defaultSampleType = "off_cpu"
        profile.samples = [
            .init(locations: [1, 0], values: [2, 2_500_000_000], labelSet: 1),
            .init(locations: [0], values: [10, 10_000_000], labelSet: 1),
        ]
        var timeline = SampleTimeline(range: 0..<5 * second)
        timeline.append(time: second, sample: 0, duration: 2 * second)
        for tick in 0..<10 { timeline.append(time: 3_200_000_000 + Int64(tick) * 1_000_000, sample: 1) }
        timeline.append(time: 3_500_000_000, sample: 0, duration: 500_000_000)
        profile.timeline = timeline
        return profile
    }

    @Test("survives encoding and decoding, as version 2 of the extension")
    func roundTrip() throws {
        let profile = Self.profile
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.timeline == profile.timeline)
        #expect(decoded.readingWarnings.isEmpty)
        let text = String(decoding: try profile.encodedWithoutCompression(), as: UTF8.self)
        #expect(text.contains("\"unit_ns\":1000,\"version\":2"))
    }

    @Test("what has moments only is written as every reader knows it")
    func oldLayout() throws {
        let text = String(decoding: try TimelineTests.profile().encodedWithoutCompression(), as: UTF8.self)
        #expect(text.contains("\"unit_ns\":1000,\"version\":1"))
    }

    @Test(
        "a wait over the edge of a window counts with its part inside",
        arguments: [
            ("0,1", []), ("1,3", [[1, 2_000_000_000]]), ("2.5,3.1", [[1, 500_000_000]]), ("1.5,2", [[1, 500_000_000]]),
            ("2,3.205", [[1, 1_000_000_000], [5, 5_000_000]]), ("2.9,3.6", [[2, 200_000_000], [10, 10_000_000]]),
            ("0,5", [[2, 2_500_000_000], [10, 10_000_000]]), ("4,5", []),
        ] as [(String, [[Int64]])])
    func window(text: String, values: [[Int64]]) throws {
        let cut = Self.profile.cut(to: try TimeWindow(parsing: text))
        #expect(cut.samples.map(\.values) == values)
        let timeline = try #require(cut.timeline)
        for position in timeline.times.indices {
            #expect(timeline.times[position] >= timeline.range.lowerBound)
            #expect(timeline.times[position] + timeline.duration(at: position) <= timeline.range.upperBound)
        }
    }

    @Test("windows that lie side by side add up to the whole, and a window of a window is the window")
    func additivity() throws {
        let profile = Self.profile
        let parts = try [",1.3", "1.3,2.71", "2.71,3.75", "3.75,"].map { profile.cut(to: try TimeWindow(parsing: $0)) }
        #expect(parts.reduce(0) { $0 + $1.total(ofValue: 1) } == profile.total(ofValue: 1))
        let inner = try TimeWindow(parsing: "2,2.5")
        let file = try Profile(decoding: parts[1].encoded())
        #expect(file.cut(to: inner).samples.map(\.values) == profile.cut(to: inner).samples.map(\.values))
        #expect(file.cut(to: inner).timeline?.durations == [500_000_000])
    }

    @Test("filters keep how long things lasted")
    func filters() {
        var profile = Self.profile
        profile.keepSamples { $0.locations.count == 2 }
        #expect(profile.timeline?.durations == [2_000_000_000, 500_000_000])
        profile.keepSamples { _ in false }
        #expect(profile.timeline?.count == 0)
    }

    @Test("a damaged timeline costs the times and nothing else")
    func damage() throws {
        let message = try Self.profile.encodedWithoutCompression()
        let key = Array("\"timeline\":".utf8)
        let start = try #require(message.indices.first { message[$0...].starts(with: key) })
        let end = try #require(message[start...].firstIndex(of: UInt8(ascii: "}")))
        var generator = PprofFuzzTests.Generator(state: 11)
        let window = try TimeWindow(parsing: "1,2")
        var lost = 0
        for _ in 0..<3000 {
            var bytes = message
            let index = Int.random(in: start + key.count..<end, using: &generator)
            bytes[index] = UInt8.random(in: 0x20..<0x7F, using: &generator)
            do throws(PprofError) {
                let read = try Profile(decoding: bytes)
                #expect(read.samples.count == 2)
                if let timeline = read.timeline {
                    #expect(timeline.durations.isEmpty || timeline.durations.count == timeline.count)
                    #expect(timeline.durations.allSatisfy { $0 >= 0 })
                    _ = read.cut(to: window)
                } else {
                    lost += 1
                    #expect(!read.readingWarnings.isEmpty)
                }
            } catch {
                continue
            }
        }
        #expect(lost > 0)
    }
}
