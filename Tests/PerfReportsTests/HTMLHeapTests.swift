import FoundationEssentials
import PerfModel
import PerfProfiles
import Testing

@testable import PerfReports

@Suite("HTML report of a heap recording") struct HTMLHeapTests {
    private struct Payload: Decodable {
        struct Functions: Decodable {
            var name: [Int]
            var category: [Int]
        }
        struct Frames: Decodable { var function: [Int] }
        struct Nodes: Decodable {
            var up: [Int]
            var frame: [Int]
        }
        struct Rows: Decodable {
            var node: [Int]
            var values: [[Int64]]
        }
        struct SampleType: Decodable {
            var name: String
            var scale: Int64
        }
        struct Columns: Decodable {
            var name: [Int]?
            var row: [Int]?
            var liveBytes: [Int64]
            var bytes: [Int64]
            var peakBytes: [Int64]
            var grows: [Int]

            private enum CodingKeys: String, CodingKey {
                case name, row, bytes, grows
                case liveBytes = "live_bytes"
                case peakBytes = "peak_bytes"
            }
        }
        struct Growth: Decodable { var live: [UInt64] }
        struct Heap: Decodable {
            var verdict: String
            var allocators: [Int]
            var types: Columns
            var sites: Columns
            var growth: Growth
        }
        var strings: [String]
        var types: [SampleType]
        var functions: Functions
        var frames: Frames
        var nodes: Nodes
        var rows: Rows
        var heap: Heap?

        /// The function at the node of each row, which is where a stack ends.
        var tips: [Int] {
            var node = -1
            return rows.node.map { delta in
                node += delta
                return frames.function[nodes.frame[node]]
            }
        }

        func name(_ function: Int) -> String { strings[functions.name[function]] }
    }

    private static func payload(of report: Report) throws -> Payload {
        try JSONDecoder().decode(Payload.self, from: Data(HTMLPayload.bytes(of: report)))
    }

    private static func payload(of scene: HTMLHeapScene) throws -> Payload {
        try payload(of: Report(scene.profile, source: "server.heap.pb.gz"))
    }

    @Test("payload of a known heap")
    func payload() throws {
        let report = try Report(HTMLHeapScene.known.profile, source: "server.heap.pb.gz")
        try Golden.expect(HTMLPayload.bytes(of: report) + [UInt8(ascii: "\n")], equals: "heap-html.json")
    }

    @Test("what was allocated stands at the tip of each stack, and is no function")
    func tips() throws {
        let payload = try Self.payload(of: .known)
        let names = Set(payload.tips.map { payload.name($0) })
        #expect(
            names == [
                "app.Entry", "Swift._DictionaryStorage<Swift.Int,app.Entry>",
                "Swift._ContiguousArrayStorage<Swift.Int16>", "raw memory",
            ])
        for tip in payload.tips {
            let category = FrameCategory(rawValue: payload.functions.category[tip])
            #expect(category == (payload.name(tip) == "raw memory" ? .rawMemory : .type))
        }
        // A function of a type's name stays a function.
        var scene = HTMLHeapScene()
        scene.add(["app.Entry"], HTMLHeapScene.Blocks(type: "app.Entry", size: 8, count: 1, live: 1))
        #expect(try Self.payload(of: scene).functions.category == [0, FrameCategory.type.rawValue])
    }

    @Test("functions that allocate for others are named, the program's own are not")
    func allocators() throws {
        let payload = try Self.payload(of: .known)
        let names = Set(try #require(payload.heap).allocators.map { payload.name($0) })
        #expect(
            names == [
                "swift_allocObject", "swift_slowAlloc", "malloc", "Swift.Dictionary.resize(capacity: Swift.Int) -> ()",
            ])
        // By line, a frame has its line in its name.
        let byLine = try Report(HTMLHeapScene.known.profile, source: "a", by: .line)
        let lines = try Self.payload(of: byLine)
        let shown = try #require(lines.heap).allocators.map { lines.name($0) }
        #expect(shown.contains("malloc:42") && !shown.contains("app.load() -> ():42"))
    }

    @Test("types, sites and the flame graph add up to what text and JSON say")
    func adds() throws {
        let scene = HTMLHeapScene.known
        let payload = try Self.payload(of: scene)
        let heap = try #require(payload.heap)
        let summary = try #require(scene.profile.extras?.heap)
        let totals = payload.rows.values.enumerated().map { $1.reduce(0, +) * payload.types[$0].scale }
        let of = Dictionary(uniqueKeysWithValues: zip(payload.types.map(\.name), totals))
        for columns in [heap.types, heap.sites] {
            #expect(columns.liveBytes.reduce(0, +) == Int64(summary.live.bytes))
            #expect(columns.bytes.reduce(0, +) == Int64(summary.allocations.bytes))
            #expect(columns.peakBytes.reduce(0, +) == Int64(summary.peak.copied))
        }
        #expect(of["inuse_space"] == Int64(summary.live.bytes))
        #expect(of["alloc_space"] == Int64(summary.allocations.bytes))
        #expect(of["temporary_objects"] == 49_984)
        let names = try #require(heap.types.name).map { $0 < 0 ? nil : payload.strings[$0] }
        #expect(names.first == "app.Entry" && names.contains(nil))
        #expect(heap.types.grows == names.map { $0 == nil || $0?.contains("Int16") == true ? 0 : 1 })
        let text = TextFormat.bytes(of: try Report(scene.profile, source: "a"))
        let verdict = String(decoding: text, as: UTF8.self).split(separator: "\n").first
        #expect(verdict.map(String.init) == heap.verdict)
    }

    @Test("each site leads to its stack in the flame graph")
    func siteRows() throws {
        let payload = try Self.payload(of: .known)
        let rows = try #require(payload.heap?.sites.row)
        #expect(rows.map { payload.name(payload.tips[$0]) }.first == "app.Entry")
        #expect(Set(rows).count == rows.count)
    }

    @Test("a filter leaves out what is known of whole processes only")
    func filtered() throws {
        let filter = ProfileFilter(focus: try NamePattern("Cache", option: "--focus"))
        let payload = try Self.payload(of: Report(HTMLHeapScene.known.profile, source: "a", filter: filter))
        let heap = try #require(payload.heap)
        #expect(heap.growth.live.isEmpty)
        #expect(heap.sites.liveBytes == [2 << 20, 1 << 20])
    }

    @Test("by type, types are not repeated at the tips")
    func byType() throws {
        let payload = try Self.payload(of: Report(HTMLHeapScene.known.profile, source: "a", by: .label(LabelKey.type)))
        #expect(!payload.functions.category.contains(FrameCategory.type.rawValue))
    }

    @Test("lets no type end the data element")
    func escapes() throws {
        let report = try Report(HTMLHeapScene.hostile.profile, source: "<b>")
        let data = String(decoding: HTMLPayload.bytes(of: report), as: UTF8.self)
        #expect(!data.contains("<") && !data.contains(">") && !data.contains("&"))
        let payload = try Self.payload(of: .hostile)
        #expect(payload.strings.contains("</script><img src=x onerror=alert(2)>"))
    }

    @Test("numbers that no sum can hold stay numbers, and a heap without a look at it is shown")
    func survivesHostileValues() throws {
        var scene = HTMLHeapScene.known
        scene.edit { profile in
            for index in profile.samples.indices { profile.samples[index].values = Array(repeating: .max, count: 6) }
            profile.samples += profile.samples
            profile.samples.append(Profile.Sample(locations: [], values: [.min, -1, -1, -1, -1, -1], labelSet: 0))
            profile.extras?.heap?.growth.live = [.max]
            profile.extras?.heap?.peak.bytes = .max
            profile.extras?.heap?.use?.resident = .max
        }
        #expect(try Self.payload(of: scene).heap?.sites.liveBytes.first == .max)
        scene.edit { $0.extras?.heap = HeapSummary() }
        #expect(try Self.payload(of: scene).heap?.growth.live == [])
    }
}
