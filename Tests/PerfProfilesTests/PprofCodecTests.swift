import PerfModel
import Testing

@testable import PerfProfiles

@Suite("pprof codec")
struct PprofCodecTests {
    @Test("reads back every field that it writes", arguments: [true, false])
    func roundTrip(compressed: Bool) throws {
        let profile = ExampleProfile.complete
        let bytes = compressed ? try profile.encoded() : try profile.encodedWithoutCompression()
        #expect(try Profile(decoding: bytes) == profile)
    }

    @Test("keeps the extras, and marks the mappings of its own recordings as symbolized")
    func extras() throws {
        var profile = ExampleProfile.withExtras
        profile.mappings[0].resolved = []
        let decoded = try Profile(decoding: profile.encoded())
        #expect(decoded.extras == profile.extras)
        #expect(decoded.readingWarnings.isEmpty)
        #expect(decoded.mappings[0].resolved == [.functions, .files, .lines, .inlineFrames])
        #expect(decoded.mappings[1].resolved == [])
        #expect(try Profile(decoding: decoded.encoded()) == decoded)
    }

    @Test("the example sets every field of the extras, so that none is forgotten when they are read")
    func exampleIsComplete() throws {
        let example = try #require(ExampleProfile.withExtras.extras)
        func expectDifferent(_ value: Any, _ standard: Any) {
            for (child, other) in zip(Mirror(reflecting: value).children, Mirror(reflecting: standard).children) {
                // The timeline is the profile's own in memory.
                guard child.label != "version", child.label != "timeline" else { continue }
                #expect(
                    String(describing: child.value) != String(describing: other.value),
                    "set \(child.label ?? "") in ExampleProfile.withExtras, and read it in ProfileExtras.init(from:)"
                )
            }
        }
        expectDifferent(example, ProfileExtras())
        expectDifferent(example.counts, ProfileExtras.Counts())
    }
}
