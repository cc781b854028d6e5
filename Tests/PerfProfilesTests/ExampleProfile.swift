import PerfModel

@testable import PerfProfiles

/// Profiles with known contents.
enum ExampleProfile {
    /// Every field of the format with a value of its own.
    static var complete: Profile {
        var profile = Profile()
        profile.sampleTypes = [
            .init(type: "samples", unit: "count"), .init(type: "cpu", unit: "nanoseconds"),
        ]
        profile.mappings = [
            .init(
                start: 0x5555_5555_0000, limit: 0x5555_5556_0000, offset: 0x1000, file: "/usr/bin/größe",
                buildID: "0123abcd", resolved: [.functions, .files, .lines, .inlineFrames]
            ),
            .init(start: 0x7FFF_0000_0000, limit: .max, offset: 0, file: "[vdso]", buildID: ""),
        ]
        profile.functions = [
            .init(name: "main", systemName: "main", file: "main.swift", startLine: 1),
            .init(name: "App.work() -> ()", systemName: "$s3App4workyyF", file: "App.swift", startLine: 10),
            .init(name: "inlined", systemName: "", file: "App.swift", startLine: 0),
        ]
        profile.locations = [
            .init(mapping: 0, address: 0x5555_5555_0100, lines: [.init(function: 0, line: 3, column: 7)]),
            .init(
                mapping: 0, address: 0x5555_5555_0200,
                lines: [.init(function: 2, line: 30), .init(function: 1, line: 12)], isFolded: true
            ),
            .init(mapping: 1, address: 0x7FFF_0000_0010, lines: []),
            .init(mapping: nil, address: 0, lines: [.init(function: 0, line: 0)]),
        ]
        profile.labelSets = [
            [],
            [
                .init(key: "thread", value: .text("worker 1")), .init(key: "tid", value: .number(42, unit: "")),
                .init(key: "bytes", value: .number(-5, unit: "bytes")),
            ],
        ]
        profile.samples = [
            .init(locations: [1, 0], values: [3, 3_000_000], labelSet: 1),
            .init(locations: [1, 0], values: [1, 1_000_000], labelSet: 0),
            .init(locations: [2, 1, 0], values: [0, -1], labelSet: 1),
            .init(locations: [], values: [1, .max], labelSet: 0),
        ]
        profile.startedAt = 1_700_000_000_123_456_789
        profile.duration = 10_000_000_000
        profile.periodType = .init(type: "cpu", unit: "nanoseconds")
        profile.period = 1_001_001
        profile.comments = ["first", "", "second"]
        profile.defaultSampleType = "cpu"
        profile.dropFrames = "drop.*"
        profile.keepFrames = "keep.*"
        profile.documentationURL = "https://example.com/doc"
        return profile
    }

    static var withExtras: Profile {
        var profile = complete
        var extras = ProfileExtras()
        extras.tool = ToolVersion(name: "perfdoctor", version: "0.0.0")
        extras.threadTimes = [
            ProfileExtras.ThreadTimes(
                processID: 1, threadID: 2, onCPU: 3, runnable: 4, blocked: 5, unknown: 6)
        ]
        extras.counts.samples = 8
        extras.counts.lost = 1
        extras.counts.throttled = 2
        extras.counts.truncated = 3
        extras.counts.degraded = 4
        extras.counts.unrooted = 5
        extras.counts.guessed = 6
        extras.counts.malformed = 7
        extras.isWholeRun = true
        extras.cpuPressure = 0.125
        extras.waitSource = "bpf"
        var heap = HeapSummary()
        heap.sampleBytes = 524_288
        heap.allocations = HeapSummary.Amount(count: 10, bytes: 1000)
        heap.frees = HeapSummary.Amount(count: 8, bytes: 900)
        heap.live = HeapSummary.Amount(count: 2, bytes: 100)
        heap.temporaryCount = 3
        heap.peak.bytes = 300
        heap.peak.at = 5_000_000
        heap.peak.copied = 299
        heap.growth.times = [1_000_000, 2_000_000]
        heap.growth.live = [50, 100]
        heap.growth.resident = [4096, 8192]
        heap.bytesError = 1.5
        heap.use = MemoryUse()
        heap.use?.resident = 8192
        heap.processCount = 2
        extras.heap = heap
        extras.clock = "wall"
        extras.event = "cpu-clock"
        extras.frequencyHz = 999
        extras.unwind = "dwarf"
        extras.target = "sleep \"1\" / ü"
        extras.warnings = [Warning(code: "stripped", message: "no symbols", remedy: "install them")]
        extras.host = HostDescription(
            name: "host", os: "Debian", kernel: "6.1", architecture: "x86_64", cpuModel: "cpu", cpuCount: 2,
            memoryBytes: 1 << 40
        )
        profile.extras = extras
        return profile
    }
}
