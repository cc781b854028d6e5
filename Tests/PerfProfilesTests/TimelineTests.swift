import PerfModel
import Testing

@testable import PerfProfiles

@Suite("Timeline") struct TimelineTests {
    /// Two stacks on one thread by turns, a millisecond each: the second one only in the second half of each second.
    static func profile(milliseconds: Int = 4000) -> Profile {
        var profile = ExampleProfile.withExtras
        profile.samples = [
            .init(locations: [1, 0], values: [0, 0], labelSet: 1), .init(locations: [0], values: [0, 0], labelSet: 1),
        ]
        var timeline = SampleTimeline(range: 0..<Int64(milliseconds) * 1_000_000)
        for millisecond in 0..<milliseconds {
            let sample = millisecond % 1000 < 500 ? 0 : 1
            profile.samples[sample].values[0] += 1
            profile.samples[sample].values[1] += 1_000_000
            timeline.append(time: Int64(millisecond) * 1_000_000, sample: Int32(sample))
        }
        profile.timeline = timeline
        return profile
    }

    @Test("survives encoding and decoding")
    func roundTrip() throws {
        let profile = Self.profile()
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.timeline == profile.timeline)
        #expect(decoded.readingWarnings.isEmpty)
        #expect(decoded.extras == profile.extras)
    }

    @Test("refers to the merged sample after equal samples became one")
    func merging() throws {
        var profile = Self.profile(milliseconds: 2)
        profile.samples = [
            .init(locations: [1, 0], values: [1, 10], labelSet: 0),
            .init(locations: [0], values: [1, 10], labelSet: 0),
            .init(locations: [1, 0], values: [1, 10], labelSet: 0),
        ]
        var timeline = SampleTimeline(range: 5_000..<9_001)
        for (time, sample) in [(5_000, 2), (6_001, 1), (9_000, 0)] {
            timeline.append(time: Int64(time), sample: Int32(sample))
        }
        profile.timeline = timeline
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.samples.count == 2)
        #expect(decoded.timeline?.times == [5_000, 6_001, 9_000])
        #expect(decoded.timeline?.samples == [0, 1, 0])
        #expect(decoded.timeline?.range == 5_000..<9_001)
    }

    @Test("of another tool's recording survives alone")
    func withoutExtras() throws {
        var profile = Self.profile(milliseconds: 20)
        profile.extras = nil
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.timeline == profile.timeline)
        #expect(decoded.extras == nil)
        #expect(decoded.readingWarnings.isEmpty)
    }

    @Test("takes a few bytes for each sample of a file")
    func size() throws {
        var with = Self.profile(milliseconds: 100_000)
        let withTimes = try with.encoded().count
        with.timeline = nil
        let bytes = Double(withTimes - (try with.encoded().count)) / 100_000
        #expect(bytes < 6)
    }

    @Test("a window gets the part of each sample's values that lies in it")
    func window() throws {
        let profile = Self.profile()
        let cut = profile.cut(to: try TimeWindow(parsing: "1.25,1.75"))
        #expect(cut.samples.map(\.values) == [[250, 250_000_000], [250, 250_000_000]])
        #expect(cut.timeline?.count == 500)
        #expect(cut.timeline?.times.first == 1_250_000_000)
        #expect(cut.duration == 500_000_000)
        #expect(cut.startedAt == profile.startedAt + 1_250_000_000)
        let half = profile.cut(to: try TimeWindow(parsing: ",500ms"))
        #expect(half.samples.map(\.values) == [[500, 500_000_000]])
        #expect(half.timeline?.samples.allSatisfy { $0 == 0 } == true)
        // Windows that lie side by side add up to the whole.
        let parts = try [",1.3", "1.3,2.71", "2.71,"].map { profile.cut(to: try TimeWindow(parsing: $0)) }
        #expect(parts.reduce(0) { $0 + $1.total(ofValue: 1) } == profile.total(ofValue: 1))
        // A part of a part is the same as the part itself; it survives a file.
        let file = try Profile(decoding: parts[1].encoded())
        #expect(
            file.cut(to: try TimeWindow(parsing: "1.5,1.6")).timeline
                == profile.cut(to: try TimeWindow(parsing: "1.5,1.6")).timeline.map {
                    var same = $0
                    same.range = 1_500_000_000..<1_600_000_000
                    return same
                })
    }

    @Test("filters keep the timeline to the samples that are left")
    func filters() throws {
        var profile = Self.profile()
        profile.samples[1].locations = [2]
        let filtered = ProfileFilter(focus: try NamePattern("vdso", option: "--focus")).applied(to: profile)
        #expect(filtered.samples.count == 1)
        #expect(filtered.timeline?.count == 2000)
        #expect(filtered.timeline?.samples.allSatisfy { $0 == 0 } == true)
        let compacted = try Profile(decoding: filtered.compacted().encoded())
        #expect(compacted.timeline?.times == filtered.timeline?.times)
    }

    @Test(
        "reads windows as people write them",
        arguments: [
            ("2.5,3", 2_500_000_000, 3_000_000_000), ("500ms,1s", 500_000_000, 1_000_000_000),
            (",3s", -1, 3_000_000_000), ("1m,", 60_000_000_000, -1), (" 1 , 2 ", 1_000_000_000, 2_000_000_000),
            ("10us,20µs", 10_000, 20_000), (".5,0.75", 500_000_000, 750_000_000), ("0,1ns", 0, 1),
        ] as [(String, Int64, Int64)])
    func windowTexts(text: String, start: Int64, end: Int64) throws {
        let window = try TimeWindow(parsing: text)
        #expect((window.start ?? -1) == start)
        #expect((window.end ?? -1) == end)
    }

    @Test(
        "refuses what is no window",
        arguments: [
            "", ",", "1", "3,2", "2,2", "a,b", "1,2,3", "-1,2", "1e3,2e3", "1..2,3", "99999999999999999999,", "5x,6x",
            "s,m",
        ])
    func badWindows(text: String) {
        #expect(throws: ViewError.self) { try TimeWindow(parsing: text) }
    }

    @Test("a damaged timeline costs the times and nothing else")
    func damage() throws {
        let profile = Self.profile(milliseconds: 50)
        let message = try profile.encodedWithoutCompression()
        let text = String(decoding: message, as: UTF8.self)
        #expect(text.contains("\"timeline\":{"))
        var generator = PprofFuzzTests.Generator(state: 7)
        let key = Array("\"timeline\":".utf8)
        let start = try #require(message.indices.first { message[$0...].starts(with: key) })
        var lost = 0
        for _ in 0..<3000 {
            var bytes = message
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: start + key.count..<message.count - 400, using: &generator)
                bytes[index] = UInt8.random(in: 0x20..<0x7F, using: &generator)
            }
            do throws(PprofError) {
                let read = try Profile(decoding: bytes)
                #expect(read.samples.count == profile.samples.count)
                if let timeline = read.timeline {
                    #expect(timeline.samples.allSatisfy { $0 >= 0 && $0 < read.samples.count })
                    #expect(timeline.times == timeline.times.sorted())
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

    @Test("a timeline of an unknown version is ignored, with a warning")
    func unknownVersion() throws {
        var message = try Self.profile(milliseconds: 5).encodedWithoutCompression()
        let key = Array("\"unit_ns\":1000,\"version\":1".utf8)
        let start = try #require(message.indices.first { message[$0...].starts(with: key) })
        message[start + key.count - 1] = UInt8(ascii: "7")
        let read = try Profile(decoding: message)
        #expect(read.timeline == nil)
        #expect(read.extras != nil)
        #expect(read.readingWarnings.map(\.code) == ["timeline_unreadable"])
    }

    @Test("a timeline that refers to no sample is not written")
    func badReference() {
        var profile = Self.profile(milliseconds: 5)
        profile.timeline?.append(time: 9_000_000, sample: 2)
        #expect(throws: PprofError.self) { try profile.encoded() }
    }
}
