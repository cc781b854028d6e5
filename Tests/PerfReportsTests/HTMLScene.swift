import PerfModel
import PerfProfiles
import PerfReports

/// Builds profiles with known answers, stack by stack.
struct HTMLScene {
    static let program = "/srv/app/server"
    /// Nanoseconds of one sample.
    static let period: Int64 = 1_001_001

    private(set) var profile = Profile()
    private var functionIndex: [String: Int] = [:]
    private var locationIndex: [[String]: Int] = [:]
    private var mappingIndex: [String: Int] = [:]

    init(target: String = "server --port 8080") {
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"), Profile.ValueType(type: "cpu", unit: "nanoseconds"),
        ]
        profile.startedAt = 1_790_000_000_000_000_000
        profile.duration = 10_000_000_000
        var extras = ProfileExtras()
        extras.target = target
        extras.event = "cpu-clock"
        extras.frequencyHz = 999
        extras.host = HostDescription(
            name: "web-1", os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-18-amd64", architecture: "x86_64",
            cpuModel: "Test CPU", cpuCount: 8, memoryBytes: 1 << 34
        )
        profile.extras = extras
    }

    /// Adds samples of a stack, root first; `"a+b"` is `b` inlined into `a`, `"name@module"` names a module.
    mutating func add(_ stack: [String], samples: Int64, thread: String = "main", threadID: Int64 = 100) {
        let labels = [
            Profile.Label(key: LabelKey.thread, value: .text(thread)),
            Profile.Label(key: LabelKey.threadID, value: .number(threadID, unit: "")),
        ]
        var labelSet = profile.labelSets.firstIndex(of: labels)
        if labelSet == nil {
            labelSet = profile.labelSets.count
            profile.labelSets.append(labels)
        }
        let locations = stack.reversed().map { location(of: $0) }
        profile.extras?.counts.samples += UInt64(samples)
        profile.samples.append(
            Profile.Sample(locations: locations, values: [samples, samples * Self.period], labelSet: labelSet ?? 0)
        )
    }

    mutating func edit(_ change: (inout Profile) -> Void) { change(&profile) }

    func page() throws -> [UInt8] {
        try HTMLFormat.bytes(of: Report(profile, source: "server.pb.gz"))
    }

    private mutating func location(of text: String) -> Int {
        let parts = text.split(separator: "@", maxSplits: 1)
        let module = parts.count == 2 ? String(parts[1]) : Self.program
        // Hostile names keep their signs: only names without markup are split into inlined ones.
        let names = text.contains("<") ? [text] : parts[0].split(separator: "+").map(String.init)
        let key = names + [module]
        if let known = locationIndex[key] { return known }
        let lines = names.reversed().map { Profile.Line(function: function($0), line: 42) }
        locationIndex[key] = profile.locations.count
        profile.locations.append(
            Profile.Location(mapping: mapping(module), address: UInt64(profile.locations.count) + 0x1000, lines: lines)
        )
        return profile.locations.count - 1
    }

    private mutating func function(_ name: String) -> Int {
        if let known = functionIndex[name] { return known }
        functionIndex[name] = profile.functions.count
        profile.functions.append(
            Profile.Function(name: name, systemName: "", file: "Sources/App/Server.swift", startLine: 40)
        )
        return profile.functions.count - 1
    }

    private mutating func mapping(_ file: String) -> Int {
        if let known = mappingIndex[file] { return known }
        mappingIndex[file] = profile.mappings.count
        profile.mappings.append(Profile.Mapping(start: 0, limit: 1 << 40, offset: 0, file: file, buildID: ""))
        return profile.mappings.count - 1
    }
}

extension HTMLScene {
    /// 100 samples of two threads: `parse` 60 %, `walk` 10 % in spite of its recursion, `lex` inlined.
    static var known: HTMLScene {
        var scene = HTMLScene()
        scene.add(["main", "parse+lex"], samples: 40)
        scene.add(["main", "parse"], samples: 10)
        scene.add(["main", "render", "memcpy@/usr/lib/x86_64-linux-gnu/libc.so.6"], samples: 30)
        scene.add(["main", "walk", "walk", "walk"], samples: 10)
        scene.add(["start", "work", "parse"], samples: 10, thread: "worker", threadID: 101)
        scene.edit { profile in
            profile.extras?.counts.lost = 7
            profile.extras?.counts.throttled = 3
            profile.extras?.counts.truncated = 2
            profile.extras?.counts.unrooted = 4
            profile.extras?.counts.degraded = 1
            profile.extras?.counts.guessed = 5
            profile.extras?.warnings = [
                Warning(code: "stripped", message: "libfoo.so is stripped", remedy: "apt-get install libfoo-dbgsym")
            ]
        }
        return scene
    }

    /// The same after a regression: `lex` takes ten times as long, `memcpy` is gone, `hash` is new.
    static var slower: HTMLScene {
        var scene = HTMLScene()
        scene.add(["main", "parse+lex"], samples: 400)
        scene.add(["main", "parse"], samples: 10)
        scene.add(["main", "render", "hash"], samples: 60)
        scene.add(["main", "walk", "walk", "walk"], samples: 10)
        scene.add(["start", "work", "parse"], samples: 10, thread: "worker", threadID: 101)
        return scene
    }

    static let hostileNames = [
        "<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>",
        "line\u{2028}separator\u{2029}<b>bold</b>",
        "<!--<script>", "\u{202E}<i>desrever</i>", "<svg onload=alert(3)>\\u003c\"';--",
    ]

    static var hostile: HTMLScene {
        var scene = HTMLScene(target: "</title><script>alert(4)</script>")
        for name in hostileNames { scene.add(["main", name], samples: 10, thread: name) }
        return scene
    }

    /// 10,000 distinct stacks of 12 frames below 100 functions.
    static var wide: HTMLScene {
        var scene = HTMLScene()
        for index in 0..<10_000 {
            var stack = ["main", "dispatch\(index % 100)"]
            for depth in 0..<10 { stack.append("step\((index / 7 + depth * 13) % 700)") }
            stack.append("leaf\(index)")
            scene.add(stack, samples: Int64(1 + index % 5), threadID: Int64(100 + index % 8))
        }
        return scene
    }

    static var deep: HTMLScene {
        var scene = HTMLScene()
        scene.add((0..<1_000).map { "level\($0)" }, samples: 90)
        scene.add((0..<500).map { "level\($0)" }, samples: 10)
        return scene
    }

    static var empty: HTMLScene { HTMLScene() }
}
