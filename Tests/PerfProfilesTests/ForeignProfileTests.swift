import PerfModel
import Testing

@testable import PerfProfiles

@Suite("Profiles of other tools, and other tools on ours")
struct ForeignProfileTests {
    static let fixtures = ["go/cpu.pb.gz", "go/heap.pb.gz", "go/cpu-twice.pb.gz", "native/native.pb.gz"]

    private func names(_ profile: Profile, _ sample: Profile.Sample) -> [String] {
        sample.locations.flatMap { profile.locations[$0].lines.map { profile.functions[$0.function].name } }
    }

    @Test("reads Go's CPU profile")
    func goCPU() throws {
        let profile = try Profile(decoding: Fixture.bytes("go/cpu.pb.gz"))
        #expect(profile.sampleTypes.map(\.type) == ["samples", "cpu"])
        #expect(profile.samples.reduce(0) { $0 + $1.values[0] } == 100)
        #expect(profile.period == 10_000_000)
        #expect(profile.samples.allSatisfy { names(profile, $0).last == "runtime.main" })
        let labelled = profile.samples.filter { $0.labelSet != 0 }
        #expect(labelled.reduce(0) { $0 + $1.values[0] } == 50)
        #expect(
            Set(profile.labelSets[labelled[0].labelSet]) == [
                .init(key: "request", value: .text("größe")), .init(key: "shard", value: .text("7")),
            ]
        )
    }

    @Test("reads Go's heap profile with its four sample types and numbers as labels")
    func goHeap() throws {
        let profile = try Profile(decoding: Fixture.bytes("go/heap.pb.gz"))
        #expect(
            profile.sampleTypes == [
                .init(type: "alloc_objects", unit: "count"), .init(type: "alloc_space", unit: "bytes"),
                .init(type: "inuse_objects", unit: "count"), .init(type: "inuse_space", unit: "bytes"),
            ]
        )
        let largest = try #require(profile.samples.max { $0.values[3] < $1.values[3] })
        #expect(largest.values == [61, 64_272_922, 61, 64_272_922])
        #expect(names(profile, largest) == ["main.main", "runtime.main"])
        #expect(profile.labelSets[largest.labelSet] == [.init(key: "bytes", value: .number(1 << 20, unit: ""))])
    }

    @Test("reads what pprof itself has merged")
    func merged() throws {
        let profile = try Profile(decoding: Fixture.bytes("go/cpu-twice.pb.gz"))
        #expect(profile.samples.reduce(0) { $0 + $1.values[0] } == 200)
    }

    @Test("reads a native profile: a library without symbols, lines, mappings")
    func native() throws {
        let profile = try Profile(decoding: Fixture.bytes("native/native.pb.gz"))
        #expect(profile.mappings.map(\.file) == ["native", "/usr/lib/x86_64-linux-gnu/libc.so.6"])
        #expect(profile.mappings.map(\.resolved) == [[.functions, .files, .lines, .inlineFrames], []])
        #expect(profile.samples.map(\.values) == [[2, 20_000_000], [17, 170_000_000]])
        #expect(names(profile, profile.samples[1]) == ["work"])
        let leaf = profile.locations[profile.samples[1].locations[0]]
        #expect(leaf.lines.map(\.line) == [7])
        #expect(profile.locations.contains { $0.lines.isEmpty && $0.mapping == 1 })
    }

    @Test("loses nothing when it writes them again", arguments: fixtures)
    func rewritten(name: String) throws {
        let bytes = try Fixture.bytes(name)
        let profile = try Profile(decoding: bytes)
        let again = try profile.encoded()
        #expect(try Profile(decoding: again) == profile)
        guard ExternalTool.hasGoPprof else { return }
        #expect(try ExternalTool.goPprof(["-raw"], again) == ExternalTool.goPprof(["-raw"], bytes))
    }

    @Test("go tool pprof opens our file and counts the same")
    func goReadsOurs() throws {
        guard ExternalTool.hasGoPprof else { return }
        var profile = ExampleProfile.withExtras
        profile.samples.removeLast()
        profile.dropFrames = ""
        profile.keepFrames = ""
        let top = try ExternalTool.goPprof(["-top", "-sample_index=samples"], profile.encoded())
        let rows = top.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(rows.contains("Type: samples"))
        #expect(rows.contains("4 100% 100% 4 100% inlined (inline)"))
        #expect(rows.contains("0 0% 100% 4 100% App.work() -> ()"))
        #expect(rows.contains("0 0% 100% 4 100% main"))
        let raw = try ExternalTool.goPprof(["-raw"], profile.encoded())
        #expect(raw.contains("thread:[worker 1]"))
        #expect(raw.contains("tid:[42]"))
        #expect(raw.contains("/usr/bin/größe 0123abcd [FN][FL][LN][IN]"))
    }
}
