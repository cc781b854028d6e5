import FoundationEssentials
import PerfModel
import PerfProfiles
import Testing

@testable import PerfReports

@Suite("HTML report") struct HTMLFormatTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The text between the tags of the data element.
    private static func data(in page: [UInt8]) throws -> String {
        let text = String(decoding: page, as: UTF8.self)
        let start = try #require(text.firstRange(of: #"<script type="application/json" id="profile">"#)).upperBound
        let end = try #require(text[start...].firstRange(of: "</script>")).lowerBound
        return String(text[start..<end])
    }

    private struct Payload: Decodable {
        struct Columns: Decodable {
            var up: [Int]
            var frame: [Int]
        }
        struct Rows: Decodable {
            var node: [Int]
            var thread: [Int]
            var values: [[Int64]]
        }
        struct SampleType: Decodable {
            var name: String
            var scale: Int64
            var countType: Int?

            private enum CodingKeys: String, CodingKey {
                case name, scale
                case countType = "count_type"
            }
        }
        var strings: [String]
        var types: [SampleType]
        var nodes: Columns
        var rows: Rows
    }

    private static func payload(of scene: HTMLScene) throws -> Payload {
        try payload(in: data(in: scene.page()))
    }

    private static func payload(in data: String) throws -> Payload {
        try JSONDecoder().decode(Payload.self, from: Data(data.utf8))
    }

    @Test("is made of the checked-in assets; otherwise run ci/generate")
    func assetsHaveNotDrifted() throws {
        let generated = try withHTMLDirectory { directory in
            let generator = Self.root.appending(path: "ci/generators/html-assets")
            return try HTMLProcess([generator.path, "--print"], in: directory)
        }
        let checkedIn = Self.root.appending(path: "Sources/PerfReports/HTML/HTMLAssets.swift")
        #expect(generated.status == 0, "\(generated.output)")
        #expect(
            try String(contentsOf: checkedIn, encoding: .utf8) == generated.output,
            "Sources/PerfReports/HTML/HTMLAssets.swift is out of date: run ci/generate"
        )
    }

    @Test("gives the same bytes for the same report")
    func isDeterministic() throws {
        #expect(try HTMLScene.known.page() == HTMLScene.known.page())
    }

    @Test("lets no name end the data element or the title")
    func escapesMarkup() throws {
        let page = try HTMLScene.hostile.page()
        let data = try Self.data(in: page)
        #expect(!data.contains("<") && !data.contains(">") && !data.contains("&"))
        let isSeparator: (Unicode.Scalar) -> Bool = { $0 == "\u{2028}" || $0 == "\u{2029}" }
        #expect(!data.unicodeScalars.contains(where: isSeparator))
        #expect(try Self.payload(of: .hostile).strings.contains("<script>alert(1)</script>"))
        let text = String(decoding: page, as: UTF8.self)
        #expect(text.contains("&lt;/title&gt;&lt;script&gt;alert(4)&lt;/script&gt;"))
        #expect(text.contains("default-src 'none'"))
        #expect(!text.contains("SCRIPT-HASH") && !text.contains("STYLE-HASH"))
    }

    @Test("keeps every sample, whatever the encoding")
    func keepsTotals() throws {
        let payload = try Self.payload(of: .known)
        #expect(payload.types.map(\.name) == ["samples", "cpu"])
        for (type, values) in zip(payload.types, payload.rows.values) {
            let total = values.reduce(0, +) * type.scale
            #expect(total == (type.name == "cpu" ? 100 * HTMLScene.period : 100))
            #expect(type.countType == 0)
        }
        // main parse lex render memcpy walk walk walk start work parse
        #expect(payload.nodes.frame.count == 11)
        #expect(payload.rows.node.count == 5)
    }

    @Test("stays compact: under 12 bytes for each node and row of 10,000 stacks")
    func isCompact() throws {
        let data = try Self.data(in: HTMLScene.wide.page())
        let size = data.utf8.count
        let payload = try Self.payload(in: data)
        let (nodes, rows) = (payload.nodes.frame.count, payload.rows.node.count)
        let names = payload.strings.reduce(0) { $0 + $1.utf8.count + 3 }
        #expect(rows == 10_000)
        // 11,000 functions with five columns each are the rest of the tables.
        #expect(size < 12 * (nodes + rows) + names + 16 * 11_000, "\(size) bytes for \(nodes) nodes")
    }

    @Test("survives values that no sum can hold, negative ones and samples without frames")
    func survivesHostileValues() throws {
        var scene = HTMLScene()
        scene.add(["main"], samples: 1)
        scene.edit { profile in
            profile.samples += [
                Profile.Sample(locations: profile.samples[0].locations, values: [.max, .max], labelSet: 0),
                Profile.Sample(locations: profile.samples[0].locations, values: [.min, 5], labelSet: 0),
                Profile.Sample(locations: [], values: [3, 3], labelSet: 0),
                Profile.Sample(locations: profile.samples[0].locations, values: [], labelSet: 0),
            ]
        }
        let payload = try Self.payload(of: scene)
        #expect(payload.rows.node.count == 3)
        #expect(try Self.data(in: scene.page()).contains("1 samples have a negative value"))
    }

    @Test("keeps totals and stays valid JSON for random profiles of any names (fixed seed)")
    func survivesRandomProfiles() throws {
        var random = HTMLRandom(state: 0x5eed)
        for _ in 0..<200 {
            var scene = HTMLScene(target: random.text())
            let names = (0..<8).map { _ in random.text() }
            for _ in 0..<random.number(below: 30) {
                let stack = (0..<random.number(below: 12)).map { _ in names[random.number(below: 8)] + "<" }
                scene.add(stack, samples: Int64(random.number(below: 5)), thread: random.text())
            }
            let payload = try Self.payload(of: scene)
            let total = scene.profile.samples.reduce(0) { $0 + $1.values[0] }
            #expect(payload.rows.values[0].reduce(0, +) * payload.types[0].scale == total)
            #expect(payload.nodes.up.count == payload.nodes.frame.count)
        }
    }

    @Test("names frames without symbols by module and offset, and honours --by")
    func namesFrames() throws {
        var scene = HTMLScene()
        scene.add(["main", "work@/lib/libx.so", "leaf@/lib/libx.so"], samples: 1)
        scene.edit { $0.locations[0].lines = [] }
        #expect(try Self.payload(of: scene).strings.contains("libx.so+0x1000"))
        let byModule = FrameTrie(scene.profile, by: .module)
        #expect(byModule.nodes.map { byModule.functions[$0.function].name } == ["server", "libx.so"])
        let byThread = FrameTrie(scene.profile, by: .label("thread"))
        #expect(byThread.functions[byThread.nodes[0].function].name == "main (tid 100)")
        let byLine = FrameTrie(scene.profile, by: .line)
        #expect(byLine.nodes.map { byLine.functions[$0.function].name } == ["main:42", "work:42", "libx.so+0x1000"])
    }

    @Test(
        "tells whose code a frame is",
        arguments: [
            ("svc.main()", "/srv/svc", FrameCategory.own),
            ("Swift.Array.append(_: A) -> ()", "/srv/svc", .swiftRuntime),
            ("generic specialization <Swift.Int> of Swift.Array.append(_: A) -> ()", "/srv/svc", .swiftRuntime),
            ("generic specialization <Swift.Int> of svc.Tree.insert(_: A) -> ()", "/srv/svc", .own),
            ("swift_retain", "/opt/swift/usr/lib/swift/linux/libswiftCore.so", .swiftRuntime),
            ("Foundation.Data.count.getter", "/usr/lib/libFoundation.so", .swiftRuntime),
            ("malloc", "/usr/lib/x86_64-linux-gnu/libc.so.6", .systemLibrary),
            ("_dl_start", "/lib64/ld-linux-x86-64.so.2", .systemLibrary),
            ("memcpy", "/lib/x86_64-linux-gnu/libc-2.31.so", .systemLibrary),
            ("inflate", "/usr/lib/libz.so.1", .library), ("plugin", "/opt/plugins/codec.so", .library),
            ("schedule", "[kernel.kallsyms]", .kernel), ("clock_gettime", "[vdso]", .kernel),
            ("ext4_read", "/lib/modules/6.1/ext4.ko", .kernel), ("0x7f00", "", .unknown),
        ]
    )
    func categories(name: String, module: String, category: FrameCategory) {
        #expect(FrameCategory(name: name, module: module) == category)
    }
}

/// SplitMix64: the same numbers in every run.
private struct HTMLRandom {
    var state: UInt64

    mutating func number(below limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }

    /// Characters that mean something to HTML, JSON, JavaScript or a terminal, and some that need several bytes.
    mutating func text() -> String {
        let alphabet = Array("a<>/&\"'\\\u{0}\n\u{1B}\u{2028}é🔥")
        return String((0..<number(below: 10)).map { _ in alphabet[number(below: alphabet.count)] })
    }
}
