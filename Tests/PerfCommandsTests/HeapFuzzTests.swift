import FoundationEssentials
import PerfModel
import PerfReports
import Testing

@testable import PerfCommands
@testable import PerfProfiles

/// Damaged heap recordings end in an error or in a report; never in a crash, and never in silence.
@Suite("damaged heap recordings", .timeLimit(.minutes(15)))
struct HeapFuzzTests {
    /// SplitMix64, so that every run tries the same.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// A small recording with everything that one can have.
    private static func recording() -> Profile {
        var profile = Profile()
        profile.sampleTypes = [
            ("alloc_objects", "count"), ("alloc_space", "bytes"), ("temporary_objects", "count"),
            ("peak_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"),
        ].map { Profile.ValueType(type: $0.0, unit: $0.1) }
        profile.defaultSampleType = "inuse_space"
        profile.periodType = Profile.ValueType(type: "space", unit: "bytes")
        profile.period = 4096
        profile.mappings = [Profile.Mapping(start: 0, limit: 4096, offset: 0, file: "/srv/shop", buildID: "ab")]
        for (index, name) in ["malloc", "shop.Store.add() -> ()", "main"].enumerated() {
            profile.functions.append(Profile.Function(name: name, systemName: name, file: "a.swift", startLine: 1))
            profile.locations.append(
                Profile.Location(
                    mapping: 0, address: UInt64(index) * 16, lines: [Profile.Line(function: index, line: 7)]))
        }
        profile.labelSets = [
            [],
            [
                Profile.Label(key: LabelKey.type, value: .text("shop.Node")),
                Profile.Label(key: LabelKey.growth, value: .text("grows")),
                Profile.Label(key: LabelKey.processID, value: .number(42, unit: "")),
            ],
        ]
        profile.samples = [
            Profile.Sample(locations: [0, 1, 2], values: [1000, 32000, 10, 24000, 900, 28800], labelSet: 1),
            Profile.Sample(locations: [0, 2], values: [50, 5000, 49, 100, 1, 64], labelSet: 0),
        ]
        profile.duration = 1_000_000_000
        var heap = HeapSummary()
        heap.allocations = HeapSummary.Amount(count: 1050, bytes: 37000)
        heap.frees = HeapSummary.Amount(count: 149, bytes: 8136)
        heap.live = HeapSummary.Amount(count: 901, bytes: 28864)
        heap.temporaryCount = 59
        heap.peak.bytes = 30000
        heap.peak.copied = 24100
        heap.peak.at = 500_000_000
        heap.growth.times = [0, 500_000_000, 1_000_000_000]
        heap.growth.live = [0, 30000, 28864]
        heap.growth.resident = [4096, 1 << 20, 1 << 20]
        heap.sampleBytes = 4096
        heap.bytesError = 1014
        var use = MemoryUse()
        use.resident = 100 << 20
        use.heap = 90 << 20
        heap.use = use
        var extras = ProfileExtras()
        extras.clock = "heap"
        extras.target = "/srv/shop --port 80"
        extras.event = "malloc"
        extras.heap = heap
        extras.warnings = [Warning(code: "children", message: "2 child processes", remedy: "--follow-fork")]
        profile.extras = extras
        return profile
    }

    private static let formats = ["text", "json", "tree", "folded", "pprof", "html"]

    /// Every way from a file to a report, by turns.
    ///
    /// - Returns: whether the file was read.
    private func attempt(_ bytes: [UInt8], turn: Int, against good: String) -> Bool {
        let output = CollectingSink()
        let errors = CollectingSink()
        let context = CommandContext(
            environment: [:], output: output, errors: errors, outputColumns: 100, input: FixedInput(bytes: bytes))
        let ways =
            Self.formats.map { ["report", "--format", $0, "-"] }
            + [["report", "--by", "type", "-"], ["diff", good, "-"], ["diff", "-", good, "--format", "json"]]
        let way = ways[turn % ways.count]
        let code = Perfdoctor.run(arguments: way, in: context)
        // A word about what is wrong, or something to look at; folded stacks of nothing are nothing.
        let saysSomething = !errors.text.isEmpty || !output.contents.isEmpty || way.contains("folded")
        #expect(saysSomething, "\(way): \(code)")
        let isRead = code != .failure
        if !isRead { #expect(errors.text.hasPrefix("error: "), "\(way): \(errors.text)") }
        return isRead
    }

    /// A whole recording in a file, for differences.
    private func withGoodFile(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/perfdoctor-\(UUID().uuidString).pb.gz"
        try Data(try Self.recording().encoded()).write(to: URL(filePath: path))
        defer {
            do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) stays: \(error)") }
        }
        try body(path)
    }

    @Test("a recording that ends early", arguments: [true, false])
    func truncated(isCompressed: Bool) throws {
        try withGoodFile { good in
            let bytes = isCompressed ? try Self.recording().encoded() : try Self.recording().encodedWithoutCompression()
            for turn in 0..<Self.formats.count + 3 {
                #expect(attempt(bytes, turn: turn, against: good), "the whole file, \(turn)")
            }
            for (turn, count) in stride(from: 0, to: bytes.count, by: 3).enumerated() {
                let isRead = attempt(Array(bytes[..<count]), turn: turn, against: good)
                // A compressed file has its length and a checksum at its end.
                if isCompressed { #expect(!isRead, "\(count) of \(bytes.count) bytes") }
            }
        }
    }

    @Test("a recording with flipped bits and foreign bytes")
    func corrupted() throws {
        try withGoodFile { good in
            let message = try Self.recording().encodedWithoutCompression()
            let file = try Self.recording().encoded()
            var generator = Generator(state: 71)
            var readCount = 0
            for turn in 0..<1500 {
                var bytes = turn % 10 == 0 ? file : message
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    if Bool.random(using: &generator) {
                        bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    } else {
                        bytes[index] = [0, 0x7F, 0x80, 0xFF][Int.random(in: 0..<4, using: &generator)]
                    }
                }
                if attempt(bytes, turn: turn / 3, against: good) { readCount += 1 }
            }
            // Else the damage would never reach the reports.
            #expect(readCount > 100)
        }
    }
}
