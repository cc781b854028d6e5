import PerfModel
import PerfProfiles

/// Profiles for the tests of formats, small enough to check by hand.
enum ReportProfiles {
    /// Builds a profile from stacks written as `root;caller@line;leaf@line`.
    struct Builder {
        var profile = Profile()
        private var locations: [String: Int] = [:]
        private var functions: [String: Int] = [:]

        init(types: [(String, String)] = [("samples", "count"), ("cpu", "nanoseconds")]) {
            profile.sampleTypes = types.map { Profile.ValueType(type: $0.0, unit: $0.1) }
            profile.mappings = [
                Profile.Mapping(start: 0x40_0000, limit: 0x80_0000, offset: 0, file: "/opt/shop/shop", buildID: "ab12"),
                Profile.Mapping(
                    start: 0x7F00_0000, limit: 0x7F80_0000, offset: 0x1000, file: "/usr/lib/libc.so.6", buildID: ""),
            ]
        }

        mutating func location(_ text: String, mapping: Int? = 0, file: String? = "/src/shop/Sources/shop.swift") -> Int
        {
            if let known = locations[text] { return known }
            var name = text
            var line = 0
            if let at = text.lastIndex(of: "@"), let number = Int(text[text.index(after: at)...]) {
                name = String(text[..<at])
                line = number
            }
            let function = functions[name] ?? profile.functions.count
            functions[name] = function
            if function == profile.functions.count {
                profile.functions.append(
                    Profile.Function(name: name, systemName: "$s4shop" + name, file: file ?? "", startLine: 0))
            }
            profile.locations.append(
                Profile.Location(
                    mapping: mapping, address: 0x40_0000 + UInt64(profile.locations.count) * 16,
                    lines: [Profile.Line(function: function, line: line)]
                ))
            locations[text] = profile.locations.count - 1
            return profile.locations.count - 1
        }

        mutating func unsymbolized(address: UInt64, mapping: Int?) -> Int {
            profile.locations.append(Profile.Location(mapping: mapping, address: address, lines: []))
            return profile.locations.count - 1
        }

        mutating func add(_ stack: [Int], _ values: [Int64], thread: (String, Int64)? = nil) {
            var labels: [Profile.Label] = []
            if let thread {
                labels = [
                    Profile.Label(key: LabelKey.thread, value: .text(thread.0)),
                    Profile.Label(key: LabelKey.threadID, value: .number(thread.1, unit: "")),
                    Profile.Label(key: LabelKey.process, value: .text("shop")),
                    Profile.Label(key: LabelKey.processID, value: .number(40, unit: "")),
                ]
            }
            var labelSet = profile.labelSets.firstIndex(of: labels) ?? -1
            if labelSet < 0 {
                labelSet = profile.labelSets.count
                profile.labelSets.append(labels)
            }
            profile.samples.append(Profile.Sample(locations: stack.reversed(), values: values, labelSet: labelSet))
        }

        /// `count` samples of a millisecond each.
        mutating func add(_ stack: String, _ count: Int64, thread: (String, Int64)? = nil) {
            add(stack.split(separator: ";").map { location(String($0)) }, [count, count * 1_000_000], thread: thread)
        }
    }

    /// A service with three threads, a few doubts and every kind of frame.
    static var service: Profile {
        var builder = Builder()
        let main: (String, Int64) = ("main", 40)
        let worker: (String, Int64) = ("worker-1", 41)
        builder.add("main@3;serve@10;parse@20;decode@31", 400, thread: worker)
        builder.add("main@3;serve@10;parse@20;decode@32", 100, thread: worker)
        builder.add("main@3;serve@10;parse@21", 100, thread: worker)
        builder.add("main@3;serve@11;render@50;fib@60;fib@61;fib@61", 250, thread: main)
        builder.add("main@3;serve@11;render@51", 50, thread: ("worker-2", 42))
        let long =
            "generic specialization <Swift.String, Foundation.JSONValue> of Swift.Dictionary<A, B>"
            + ".merging(_: Swift.Dictionary<A, B>, uniquingKeysWith: (B, B) throws -> B) throws -> Swift.Dictionary<A, B>"
        builder.add(
            [builder.location("main@3"), builder.location("serve@12"), builder.location(long)], [60, 60_000_000])
        let copy = builder.unsymbolized(address: 0x7F01_2340, mapping: 1)
        builder.add([builder.location("main@3"), builder.location("serve@12"), copy], [40, 40_000_000], thread: main)
        var profile = builder.profile
        profile.defaultSampleType = "cpu"
        // 2026-03-01 12:00:00 UTC.
        profile.startedAt = 1_772_366_400_000_000_000
        profile.duration = 1_250_000_000
        profile.period = 1_000_000
        profile.periodType = Profile.ValueType(type: "cpu", unit: "nanoseconds")
        var extras = ProfileExtras()
        extras.tool = ToolVersion(name: "perfdoctor", version: "0.0.0")
        extras.host = HostDescription(
            name: "box", os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0", architecture: "x86_64",
            cpuModel: "Example CPU", cpuCount: 2, memoryBytes: 8 << 30
        )
        extras.counts.samples = 1000
        extras.counts.lost = 10
        extras.counts.throttled = 2
        extras.counts.truncated = 5
        extras.counts.unrooted = 8
        extras.counts.degraded = 1
        extras.counts.guessed = 20
        extras.event = "cpu-clock"
        extras.frequencyHz = 999
        extras.target = "/opt/shop/shop --port 80 (pid 40)"
        extras.warnings = [
            Warning(
                code: "stripped", message: "/usr/lib/libc.so.6 has no symbols: its functions are shown as offsets",
                remedy: "apt-get install libc6-dbg")
        ]
        profile.extras = extras
        return profile
    }

    /// As another tool writes it: no extras, no labels.
    static var foreign: Profile {
        var profile = service
        profile.extras = nil
        profile.labelSets = [[]]
        for index in profile.samples.indices { profile.samples[index].labelSet = 0 }
        return profile
    }

    /// What must not break any format, by name.
    static let edgeCases: [(name: String, profile: Profile)] = {
        var zero = Builder()
        zero.add("main;idle", 0)
        var one = Builder()
        one.add("main", 1)
        var difference = Builder(types: [("cpu", "nanoseconds")])
        difference.add([difference.location("main"), difference.location("faster")], [-30_000_000])
        difference.add([difference.location("main"), difference.location("slower")], [20_000_000])
        var balanced = Builder(types: [("cpu", "nanoseconds")])
        balanced.add([balanced.location("main")], [-5])
        balanced.add([balanced.location("other")], [5])
        var deep = Builder()
        deep.add(Array(repeating: deep.location("fib@3"), count: 1000), [7, 7_000_000])
        let pair = [deep.location("even"), deep.location("odd")]
        deep.add((0..<1000).map { pair[$0 % 2] }, [3, 3_000_000])
        var wide = Builder()
        for index in 0..<10_000 {
            wide.add("main;f\(index % 10);g\(index % 100);h\(index % 1000);leaf\(index)", Int64(1 + index % 7))
        }
        var names = Builder()
        for name in [
            "\u{1B}[31mred\u{1B}[0m\u{7}", "<script>alert(1)</script>", "two\nlines\r\n", "emoji 👩‍🚀🎉", "漢字の関数",
            "a;b;c 17", "\u{202E}backwards", "\"quoted\" & 'so'", " ", "combining e\u{301}\u{302}", "</title>]]>",
        ] {
            names.add(
                [names.location("main"), names.location(name, file: "/src/\(name).c")], [10, 10_000_000],
                thread: (name, 9))
        }
        var addresses = Builder()
        for index in 0..<8 {
            let caller = addresses.unsymbolized(address: 0x7F01_0000 + UInt64(index) * 64, mapping: 1)
            addresses.add(
                [addresses.unsymbolized(address: 0xFFFF_FFFF_8100_0000, mapping: nil), caller], [5, 5_000_000])
        }
        var stackless = Builder()
        stackless.add([], [3, 3_000_000])
        var huge = Builder(types: [("cpu", "nanoseconds")])
        huge.add([huge.location("main@\(Int.max)")], [.max])
        huge.add([huge.location("main@\(Int.max)"), huge.location("more")], [.max])
        return [
            ("empty", Builder().profile), ("zero", zero.profile), ("one", one.profile),
            ("difference", difference.profile), ("balanced", balanced.profile), ("deep", deep.profile),
            ("wide", wide.profile), ("names", names.profile), ("addresses", addresses.profile),
            ("stackless", stackless.profile), ("huge", huge.profile),
        ]
    }()
}
