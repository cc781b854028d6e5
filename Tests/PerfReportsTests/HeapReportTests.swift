import FoundationEssentials
import Glibc
import PerfModel
import PerfProfiles
import Testing

@testable import PerfReports

@Suite("Heap reports")
struct HeapReportTests {
    /// A store that grows, a table, and blocks that are freed at once; allocated through the runtime.
    private static func profile(sampled: Bool = false) -> Profile {
        var profile = Profile()
        profile.sampleTypes = [
            ("alloc_objects", "count"), ("alloc_space", "bytes"), ("temporary_objects", "count"),
            ("peak_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"),
        ].map { Profile.ValueType(type: $0.0, unit: $0.1) }
        profile.defaultSampleType = "inuse_space"
        let files = ["/usr/lib/libswiftCore.so", "/srv/shop"]
        profile.mappings = files.map { Profile.Mapping(start: 0, limit: 1 << 20, offset: 0, file: $0, buildID: "") }
        let functions = [
            ("swift_slowAlloc", "", 0, 0), ("shop.Node.__allocating_init(Swift.Int) -> shop.Node", "Node.swift", 4, 1),
            ("shop.Store.add(Swift.Int) -> ()", "Store.swift", 42, 1), ("main", "main.swift", 9, 1),
            ("shop.parse() -> ()", "Parse.swift", 7, 1),
        ]
        for (index, function) in functions.enumerated() {
            profile.functions.append(
                Profile.Function(name: function.0, systemName: function.0, file: function.1, startLine: 0))
            profile.locations.append(
                Profile.Location(
                    mapping: function.3, address: UInt64(index + 1) * 16,
                    lines: [Profile.Line(function: index, line: function.2)]))
        }
        func labels(_ type: String?, grows: Bool = false) -> [Profile.Label] {
            (type.map { [Profile.Label(key: LabelKey.type, value: .text($0))] } ?? [])
                + (grows ? [Profile.Label(key: LabelKey.growth, value: .text("grows"))] : [])
        }
        profile.labelSets = [
            [], labels("shop.Node", grows: true), labels("Swift._DictionaryStorage<Swift.Int, shop.Node>"), labels(nil),
        ]
        profile.samples = [
            Profile.Sample(locations: [0, 1, 2, 3], values: [1000, 32000, 0, 24000, 900, 28800], labelSet: 1),
            Profile.Sample(locations: [0, 2, 3], values: [10, 40000, 0, 20000, 1, 20000], labelSet: 2),
            Profile.Sample(locations: [0, 4, 3], values: [50000, 5_000_000, 49999, 100, 0, 0], labelSet: 3),
            // A second type in the stack of the table.
            Profile.Sample(locations: [0, 2, 3], values: [0, 0, 0, 0, 2, 64], labelSet: 0),
        ]
        var heap = HeapSummary()
        heap.allocations = HeapSummary.Amount(count: 51010, bytes: 5_072_000)
        heap.frees = HeapSummary.Amount(count: 50107, bytes: 5_023_136)
        heap.live = HeapSummary.Amount(count: 903, bytes: 48864)
        heap.temporaryCount = 49999
        heap.peak.bytes = 50000
        heap.peak.copied = 44100
        heap.peak.at = 12_300_000_000
        heap.growth.times = [0, 1_000_000_000]
        heap.growth.live = [0, 48864]
        heap.growth.resident = [4096, 1 << 20]
        var use = MemoryUse()
        use.resident = 100 << 20
        use.heap = 90 << 20
        use.file = 10 << 20
        heap.use = use
        if sampled {
            heap.sampleBytes = 524_288
            heap.bytesError = 101_440
        }
        var extras = ProfileExtras()
        extras.target = "/srv/shop --port 80"
        extras.event = "malloc"
        extras.heap = heap
        profile.extras = extras
        return profile
    }

    private func text(_ profile: Profile, width: Int?) throws -> [UInt8] {
        try TextFormat.bytes(of: Report(profile, source: "a.pb.gz", layout: Report.Layout(width: width)))
    }

    @Test("text of all blocks, and of samples with their error")
    func text() throws {
        try Golden.expect(text(Self.profile(), width: 110), equals: "heap-110.text")
        try Golden.expect(text(Self.profile(), width: nil), equals: "heap-piped.text")
        try Golden.expect(text(Self.profile(sampled: true), width: 80), equals: "heap-sampled-80.text")
    }

    @Test("json: sites add up to the totals, and leaks nobody looked for are null")
    func json() throws {
        let bytes = try JSONFormat.bytes(of: Report(Self.profile(), source: "a.pb.gz"))
        try Golden.expect(bytes, equals: "heap.json")
        struct Document: Decodable {
            struct Amount: Decodable { var count, bytes: Int }
            struct Site: Decodable {
                var stack: [String]
                var type: String?
                var count, bytes, liveCount, liveBytes: Int

                enum CodingKeys: String, CodingKey {
                    case stack, type, count, bytes
                    case liveCount = "live_count"
                    case liveBytes = "live_bytes"
                }
            }
            var schema: String
            var allocations, live: Amount
            var sites: [Site]
            var leaks: [String]?
        }
        let document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        #expect(document.schema == "perfdoctor.heap/1")
        #expect(document.sites.count == 3)
        #expect(document.sites.reduce(0) { $0 + $1.count } == document.allocations.count)
        #expect(document.sites.reduce(0) { $0 + $1.bytes } == document.allocations.bytes)
        #expect(document.sites.reduce(0) { $0 + $1.liveBytes } == document.live.bytes)
        #expect(document.sites.reduce(0) { $0 + $1.liveCount } == document.live.count)
        #expect(
            document.sites[0].stack == ["main", "shop.Store.add(Swift.Int) -> ()"] + [
                "shop.Node.__allocating_init(Swift.Int) -> shop.Node", "swift_slowAlloc",
            ])
        #expect(document.leaks == nil)
    }

    @Test("a sample type or a dimension that is asked for is shown as of any profile")
    func particular() throws {
        let report = try Report(Self.profile(), source: "a.pb.gz", sampleType: "alloc_objects")
        #expect(String(decoding: TextFormat.bytes(of: report), as: UTF8.self).contains("alloc_objects 51,010"))
        let json = String(decoding: try JSONFormat.bytes(of: report), as: UTF8.self)
        #expect(json.contains("perfdoctor.profile/1"))
    }

    @Test("a filter holds for the totals as for the sites")
    func filtered() throws {
        let filter = ProfileFilter(focus: try NamePattern("Store", option: "--focus"))
        let report = try Report(Self.profile(), source: "a.pb.gz", filter: filter)
        let json = String(decoding: try JSONFormat.bytes(of: report), as: UTF8.self)
        #expect(json.contains(#""allocations":{"bytes":72000,"count":1010}"#), "\(json)")
        let nothing = ProfileFilter(focus: try NamePattern("absent", option: "--focus"))
        let none = try Report(Self.profile(), source: "a.pb.gz", filter: nothing)
        #expect(String(decoding: TextFormat.bytes(of: none), as: UTF8.self).hasPrefix("No block passes the filter"))
    }

    @Test("the largest numbers that a file can hold are shown without harm", arguments: 0..<4)
    func hostile(which: Int) throws {
        var profile = Self.profile()
        var use = MemoryUse()
        use.resident = .max
        switch which {
        case 0: profile.extras?.heap?.live = HeapSummary.Amount(count: .max, bytes: .max)
        case 1: (use.heap, use.mapped) = (.max, .max)
        case 2: (use.stacks, use.allocatorFree, use.allocatorTop, use.allocator) = (.max, .max, .max, 1)
        default: use.file = .max
        }
        profile.extras?.heap?.use = use
        profile.extras?.heap?.peak.bytes = .max
        for index in profile.samples.indices { profile.samples[index].values = Array(repeating: .max, count: 6) }
        profile.samples += profile.samples
        let report = try Report(profile, source: "a.pb.gz", layout: Report.Layout(width: 80))
        #expect(!TextFormat.bytes(of: report).isEmpty)
        #expect(try !JSONFormat.bytes(of: report).isEmpty)
        let filter = ProfileFilter(focus: try NamePattern("main", option: "--focus"))
        #expect(try !JSONFormat.bytes(of: Report(profile, source: "a.pb.gz", filter: filter)).isEmpty)
    }

    @Test("what is not the program's own function is skipped, wherever it is linked into")
    func owners() throws {
        let text = String(decoding: try text(Self.profile(), width: nil), as: UTF8.self)
        #expect(text.contains("shop.Node from shop.Store.add(Int) -> () (Store.swift:42)"))
        #expect(!text.contains("from swift_slowAlloc"))
    }

    @Test(
        "functions that the compiler derives from the standard library's are not the program's own",
        arguments: [
            ("generic specialization <Swift.Int> of Swift.Array.append(__owned A) -> ()", true),
            ("merged generic specialization <Swift.Int> of static Swift._DictionaryStorage.resize() -> ()", true),
            ("protocol witness for Swift.Sequence._copyToContiguousArray() -> Swift.ContiguousArray<A>", true),
            ("closure #1 (A) -> B in (extension in Swift):Swift.Collection.map<A>(A) -> B", true),
            (
                "function signature specialization <Arg[0] = Dead> of generic specialization <A> of Swift.f() -> ()",
                true
            ),
            ("shop.Node.__allocating_init(Swift.Int) -> shop.Node", true),
            ("closure #1 (Swift.Int) -> Swift.Int in shop.Store.add(Swift.Int) -> ()", false),
            ("generic specialization <Swift.Int> of shop.Cache.insert(A) -> ()", false),
            ("partial apply forwarder for closure #2 () -> () in shop.main() -> ()", false),
            ("Swiftly.install() -> ()", false), ("std_report", false),
        ])
    func runtimeNames(name: String, isRuntime: Bool) {
        #expect(HeapOwner.isRuntime(name, module: "shop") == isRuntime)
    }

    @Test("stacks of one line and type are one row, also of several processes")
    func rows() {
        var profile = Self.profile()
        profile.locations.append(profile.locations[0])
        profile.samples.append(Profile.Sample(locations: [5, 2, 3], values: [5, 50, 1, 40, 3, 30], labelSet: 2))
        let rows = HeapRows(HeapSites(profile)).rows
        #expect(rows.count == 3)
        let table = rows.first { $0.type?.contains("Dictionary") == true }
        #expect(table?.stacks == 2)
        #expect(table?.count == 15)
        #expect(table?.bytes == 40050)
        #expect(table?.liveBytes == 20094)
        #expect(table?.peakBytes == 20040)
        #expect(table?.owner?.place == "Store.swift:42")
        #expect(rows.first?.grows == true)
        #expect(table?.grows == false)
    }

    @Test("what is asked for by --by or --sort is a table of functions, even if it is the default")
    func explicitDefault() throws {
        let profile = Self.profile()
        #expect(try Report(profile, source: "a.pb.gz").isOverview)
        #expect(try !Report(profile, source: "a.pb.gz", by: .function).isOverview)
        #expect(try !Report(profile, source: "a.pb.gz", order: .selfValue).isOverview)
    }

    @Test("the standard error of sampled bytes is that of repeated sampling", arguments: [16, 4096, 65536, 1 << 20])
    func errorOfSamples(size: Int) throws {
        let mean = 65536.0
        let blocks = max(20, (256 << 10) / size)
        var random = SplitMix(state: 42)
        let chance = 1 - exp(-Double(size) / mean)
        var (sum, squares) = (0.0, 0.0)
        let turns = 400
        for _ in 0..<turns {
            let sampled = (0..<blocks).count { _ in Double(random.next() >> 11) * 0x1p-53 < chance }
            let estimate = Double(sampled) * Double(size) / chance
            sum += estimate
            squares += estimate * estimate
        }
        let average = sum / Double(turns)
        let deviation = max(0, squares / Double(turns) - average * average).squareRoot()
        let expected = try #require(
            PoissonSampling(mean: 65536).errorRatio(bytes: Int64(blocks * size), count: Int64(blocks)))
        // The deviation of 400 turns is itself known to 1 / sqrt(2 * 400) = 3.5 %: four of those, and a little for zero.
        #expect(abs(deviation / Double(blocks * size) - expected) <= 0.15 * expected + 1e-4)
        #expect(PoissonSampling(mean: 0).errorRatio(bytes: 1, count: 1) == nil)
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
