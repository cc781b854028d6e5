import PerfModel
import PerfProfiles
import PerfReports

/// Builds heap recordings with known answers, stack by stack.
struct HTMLHeapScene {
    /// What a stack has allocated; bytes live and at the peak are those of blocks of `size` bytes.
    struct Blocks {
        var type: String?
        var size: Int64
        var count: Int64
        var live: Int64 = 0
        var peak: Int64 = 0
        var temporary: Int64 = 0
        var grows = false
    }

    private(set) var profile = Profile()
    private var functionIndex: [String: Int] = [:]
    private var mappingIndex: [String: Int] = [:]
    private var labelSetIndex: [String: Int] = [:]
    private var heap = HeapSummary()

    init(target: String = "/srv/app/server --port 8080") {
        profile.sampleTypes = [
            ("alloc_objects", "count"), ("alloc_space", "bytes"), ("temporary_objects", "count"),
            ("peak_space", "bytes"), ("inuse_objects", "count"), ("inuse_space", "bytes"),
        ].map { Profile.ValueType(type: $0.0, unit: $0.1) }
        profile.defaultSampleType = "inuse_space"
        profile.startedAt = 1_790_000_000_000_000_000
        profile.duration = 20_000_000_000
        var extras = ProfileExtras()
        extras.target = target
        extras.event = "malloc"
        extras.clock = "heap"
        profile.extras = extras
    }

    /// Adds the blocks of a stack, root first; `"name@module"` names a module.
    mutating func add(_ stack: [String], _ blocks: Blocks) {
        let locations = stack.reversed().map { function($0) }
        let live = blocks.live * blocks.size
        let values = [
            blocks.count, blocks.count * blocks.size, blocks.temporary, blocks.peak * blocks.size, blocks.live, live,
        ]
        profile.samples.append(
            Profile.Sample(locations: locations, values: values, labelSet: labelSet(blocks.type, grows: blocks.grows)))
        profile.extras?.counts.samples += 1
        heap.allocations.count += UInt64(blocks.count)
        heap.allocations.bytes += UInt64(blocks.count * blocks.size)
        heap.live.count += UInt64(blocks.live)
        heap.live.bytes += UInt64(live)
        heap.frees.count = heap.allocations.count - heap.live.count
        heap.frees.bytes = heap.allocations.bytes - heap.live.bytes
        heap.temporaryCount += UInt64(blocks.temporary)
        heap.peak.copied += UInt64(blocks.peak * blocks.size)
        profile.extras?.heap = heap
    }

    mutating func edit(_ change: (inout Profile) -> Void) { change(&profile) }

    func page(sampleType: String? = nil) throws -> [UInt8] {
        try HTMLFormat.bytes(of: Report(profile, source: "server.heap.pb.gz", sampleType: sampleType))
    }

    private mutating func function(_ text: String) -> Int {
        if let known = functionIndex[text] { return known }
        let parts = text.contains("<") ? [text[...]] : text.split(separator: "@", maxSplits: 1)
        let module = parts.count == 2 ? String(parts[1]) : "/srv/app/server"
        let index = profile.functions.count
        functionIndex[text] = index
        profile.functions.append(
            Profile.Function(name: String(parts[0]), systemName: "", file: "Sources/App/Server.swift", startLine: 40))
        let mapping = mappingIndex[module] ?? profile.mappings.count
        if mapping == profile.mappings.count {
            mappingIndex[module] = mapping
            profile.mappings.append(Profile.Mapping(start: 0, limit: 1 << 40, offset: 0, file: module, buildID: ""))
        }
        profile.locations.append(
            Profile.Location(
                mapping: mapping, address: UInt64(index) * 16 + 0x1000, lines: [Profile.Line(function: index, line: 42)]
            ))
        return index
    }

    private mutating func labelSet(_ type: String?, grows: Bool) -> Int {
        let key = (type ?? "\0") + (grows ? "+" : "-")
        if let known = labelSetIndex[key] { return known }
        labelSetIndex[key] = profile.labelSets.count
        var labels = [Profile.Label(key: LabelKey.process, value: .text("server"))]
        labels.append(Profile.Label(key: LabelKey.processID, value: .number(100, unit: "")))
        if let type { labels.append(Profile.Label(key: LabelKey.type, value: .text(type))) }
        if grows { labels.append(Profile.Label(key: LabelKey.growth, value: .text("grows"))) }
        profile.labelSets.append(labels)
        return labelSetIndex[key] ?? 0
    }
}

extension HTMLHeapScene {
    private static let core = "@/usr/lib/libswiftCore.so"
    private static let runtime = ["swift_allocObject" + core, "swift_slowAlloc" + core, "malloc@/usr/lib/libc.so.6"]

    /// A cache of 3 MiB that grows, 1 MiB of buffers that live at the peak only, and parsing that frees at once.
    static var known: HTMLHeapScene {
        var scene = HTMLHeapScene()
        scene.add(
            ["main", "app.Cache.store(Swift.Int) -> ()"] + runtime,
            Blocks(type: "app.Entry", size: 1024, count: 4096, live: 2048, peak: 2048, grows: true))
        scene.add(
            ["main", "app.Cache.store(Swift.Int) -> ()", "Swift.Dictionary.resize(capacity: Swift.Int) -> ()" + core]
                + runtime,
            Blocks(
                type: "Swift._DictionaryStorage<Swift.Int,app.Entry>", size: 1 << 20, count: 2, live: 1, peak: 1,
                grows: true))
        scene.add(
            ["main", "app.load() -> ()"] + runtime,
            Blocks(type: "Swift._ContiguousArrayStorage<Swift.Int16>", size: 65_536, count: 32, live: 0, peak: 16))
        scene.add(
            ["main", "app.parse() -> ()", "malloc@/usr/lib/libc.so.6"],
            Blocks(type: nil, size: 64, count: 50_000, live: 16, peak: 16, temporary: 49_984))
        scene.edit { profile in
            profile.extras?.heap?.peak.bytes = 5 << 20
            profile.extras?.heap?.peak.at = 12_300_000_000
            let seconds = (0...20).map { UInt64($0) }
            profile.extras?.heap?.growth.times = seconds.map { $0 * 1_000_000_000 }
            profile.extras?.heap?.growth.live = seconds.map { $0 << 20 * 3 / 20 }
            profile.extras?.heap?.growth.resident = seconds.map { (6 << 20) + $0 << 17 }
            var use = MemoryUse()
            use.resident = 40 << 20
            use.heap = 36 << 20
            use.file = 4 << 20
            use.tracker = 300 << 10
            profile.extras?.heap?.use = use
            profile.extras?.warnings = [
                Warning(code: "ended_unseen", message: "server ended without notice", remedy: "let it end by itself")
            ]
        }
        return scene
    }

    /// The same with a cycle of two, a ring of many, lost memory, hostile names, and something that is suppressed.
    static var leaking: HTMLHeapScene {
        var scene = known
        func group(
            _ kind: String, _ types: [(String?, String?)], count: UInt64, heads: UInt64, stack: [String] = []
        ) -> HeapLeaks.Group {
            HeapLeaks.Group(
                kind: kind, type: types[0].0, count: count, bytes: count * 48, isHead: true, headCount: heads,
                keptCount: count, keptBytes: count * 48, path: types.map { .init(type: $0.0, field: $0.1) },
                stack: stack, example: 0x5555_0000_1000, pid: 42)
        }
        var leaks = HeapLeaks()
        leaks.groups = [
            group(
                "cycle", [("app.Parent", "child"), ("app.Child", "parent")], count: 40, heads: 20,
                stack: ["main", "app.load() -> ()", "swift_allocObject"]),
            group("cycle", [("app.Node", "next")], count: 7, heads: 1),
            group("unreachable", [(nil, nil)], count: 3, heads: 3, stack: ["main", "parse", "malloc"]),
            group("overretained", [(hostileTypes[1], nil)], count: 1, heads: 1),
        ]
        leaks.snapshots = [.init(pid: 42, pause: 1_200_000, injection: 0, lifetime: 80_000_000, faults: 9, threads: 3)]
        let known = group("cycle", [("app.Cache", "entries")], count: 2, heads: 1)
        leaks.groups.append(known)
        scene.edit { profile in
            do throws(ViewError) {
                let pattern = try NamePattern("Cache", option: "type")
                leaks.suppress([LeakSuppression(type: pattern, reason: "lives on")], causes: [0, 1, 2, 3, 4])
            } catch {
                preconditionFailure(error.summary)
            }
            profile.extras?.heap?.leaks = leaks
        }
        return scene
    }

    /// The same estimated from samples of one byte in 64 KiB.
    static var sampled: HTMLHeapScene {
        var scene = known
        scene.edit { profile in
            profile.extras?.heap?.sampleBytes = 65_536
            profile.extras?.heap?.bytesError = 500_000
        }
        return scene
    }

    static let hostileTypes = [
        "<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>",
        "Swift._ContiguousArrayStorage<<b>bold</b>>",
        "<!--<script>", "\u{202E}<i>desrever</i>", "Box<svg onload=alert(3)>\\u003c\"';--",
    ]

    static var hostile: HTMLHeapScene {
        var scene = HTMLHeapScene(target: "</title><script>alert(4)</script>")
        for type in hostileTypes {
            scene.add(
                ["main", type + "()"], Blocks(type: type, size: 1 << 20, count: 2, live: 1, peak: 1, grows: true))
        }
        scene.edit { $0.extras?.heap?.peak.bytes = 6 << 20 }
        return scene
    }

    /// 10,000 distinct stacks of 16 frames, of 500 types.
    static var wide: HTMLHeapScene {
        var scene = HTMLHeapScene()
        for index in 0..<10_000 {
            var stack = ["main", "dispatch\(index % 100)"]
            for depth in 0..<10 { stack.append("step\((index / 7 + depth * 13) % 700)") }
            scene.add(
                stack + ["leaf\(index)"] + runtime,
                Blocks(
                    type: "app.Type\(index % 500)", size: 16, count: Int64(10 + index % 7), live: Int64(1 + index % 5),
                    peak: 2))
        }
        return scene
    }
}
