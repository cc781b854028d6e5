import PerfModel
import Testing

@testable import PerfProfiles

/// Laws that hold for every profile, tried on random ones.
@Suite("pprof laws")
struct PprofPropertyTests {
    /// What a profile says, whatever the order and number of its samples.
    private struct Meaning: Equatable {
        private struct Key: Hashable {
            var locations: [Profile.Location]
            var labels: [Profile.Label]
        }

        private var sums: [Key: [Int64]] = [:]
        private var rest: Profile

        init(_ profile: Profile) {
            for sample in profile.samples {
                let key = Key(
                    locations: sample.locations.map { profile.locations[$0] },
                    labels: profile.labelSets[sample.labelSet]
                )
                sums[key] = zip(sums[key] ?? sample.values.map { _ in 0 }, sample.values).map { $0 &+ $1 }
            }
            rest = profile
            rest.samples = []
            rest.labelSets = []
        }
    }

    @Test("encoding and decoding is the identity, up to the merging of equal samples", arguments: 0..<UInt64(60))
    func identity(seed: UInt64) throws {
        let profile = Self.random(seed: seed)
        let bytes = try profile.encoded()
        let decoded = try Profile(decoding: bytes)
        #expect(Meaning(decoded) == Meaning(profile))
        #expect(decoded.samples.count <= profile.samples.count)
        let keys = decoded.samples.map { [$0.locations, [$0.labelSet]] }
        #expect(Set(keys).count == keys.count)
        #expect(try decoded.encoded() == bytes)
        #expect(try Profile(decoding: decoded.encoded()) == decoded)
    }

    @Test("sums that leave 64 bits stop at the end")
    func saturation() throws {
        var profile = Profile()
        profile.sampleTypes = [.init(type: "a", unit: ""), .init(type: "b", unit: "")]
        profile.samples = [
            .init(locations: [], values: [.max, .min], labelSet: 0),
            .init(locations: [], values: [5, -5], labelSet: 0),
        ]
        #expect(try Profile(decoding: profile.encoded()).samples.map(\.values) == [[.max, .min]])
    }

    @Test("equal label sets are one, and a text without text is none")
    func labelSets() throws {
        var profile = Profile()
        profile.sampleTypes = [.init(type: "a", unit: "")]
        profile.labelSets = [
            [], [.init(key: "k", value: .text("v"))], [.init(key: "k", value: .text("v"))],
            [.init(key: "k", value: .text(""))],
        ]
        profile.samples = (0..<4).map { .init(locations: [], values: [1], labelSet: $0) }
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.labelSets == [[], [.init(key: "k", value: .text("v"))]])
        #expect(decoded.samples.map(\.labelSet) == [0, 1, 0])
        #expect(decoded.samples.map(\.values) == [[1], [2], [1]])
    }

    private static func random(seed: UInt64) -> Profile {
        var generator = PprofFuzzTests.Generator(state: seed)
        func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
        func text() -> String {
            let texts = ["", "a", "main", "größe", "日本", "\u{0}\u{1B}", String(repeating: "long", count: 50)]
            return texts[pick(0..<texts.count)]
        }
        func number() -> Int64 { Int64.random(in: .min ... .max, using: &generator) >> Int64(pick(0..<64)) }
        func bits() -> UInt64 { UInt64(bitPattern: number()) }
        var profile = Profile()
        profile.sampleTypes = (0..<pick(1..<4)).map { _ in .init(type: text(), unit: text()) }
        profile.mappings = (0..<pick(0..<4)).map { _ in
            .init(
                start: bits(), limit: bits(), offset: bits(), file: text(), buildID: text(),
                resolved: .init(rawValue: UInt8(pick(0..<16)))
            )
        }
        profile.functions = (0..<pick(1..<9)).map { _ in
            .init(name: text(), systemName: text(), file: text(), startLine: Int(number()))
        }
        profile.locations = (0..<pick(1..<200)).map { _ in
            .init(
                mapping: profile.mappings.isEmpty || pick(0..<3) == 0 ? nil : pick(0..<profile.mappings.count),
                address: bits(),
                lines: (0..<pick(0..<4)).map { _ in
                    .init(function: pick(0..<profile.functions.count), line: Int(number()), column: pick(0..<100))
                },
                isFolded: pick(0..<5) == 0
            )
        }
        profile.labelSets = [[]]
        for _ in 0..<pick(0..<5) {
            profile.labelSets.append(
                (0..<pick(1..<4)).map { _ in
                    .init(
                        key: text(),
                        value: pick(0..<2) == 0 ? .number(number(), unit: text()) : .text("t\(pick(0..<3))")
                    )
                }
            )
        }
        profile.samples = (0..<pick(0..<300)).map { _ in
            .init(
                locations: (0..<pick(0..<3) * pick(0..<70)).map { _ in pick(0..<profile.locations.count) },
                values: profile.sampleTypes.map { _ in number() >> 16 },
                labelSet: pick(0..<profile.labelSets.count)
            )
        }
        profile.startedAt = number()
        profile.duration = number()
        profile.periodType = pick(0..<2) == 0 ? nil : .init(type: text(), unit: text())
        profile.period = number()
        profile.comments = (0..<pick(0..<3)).map { _ in text() }
        profile.defaultSampleType = text()
        profile.dropFrames = text()
        profile.keepFrames = text()
        profile.documentationURL = text()
        return profile
    }
}
