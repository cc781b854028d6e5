import PerfModel
import PerfProfiles
import Testing

@Suite("Profile view") struct ProfileViewTests {
    private func rows(_ view: ProfileView, order: FrameTable.Order = .selfValue) -> [String] {
        FrameTable(view, order: order).rows.map { "\(view.frames[$0.frame].name) \($0.selfValue) \($0.total)" }
    }

    @Test("counts self at the leaf and total once for each function of a stack")
    func selfAndTotal() throws {
        var builder = StackProfile()
        builder.add("main;work;fib", 3)
        builder.add("main;work", 2)
        builder.add("main;work;fib", 1)
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(view.total == 6)
        #expect(view.stacks.count == 2)
        #expect(view.sampleCount == 6)
        #expect(rows(view) == ["fib 4 4", "work 2 6", "main 0 6"])
        #expect(rows(view, order: .total) == ["work 2 6", "main 0 6", "fib 4 4"])
    }

    @Test("counts a function that recurs once", arguments: [1, 2, 1000])
    func recursion(depth: Int) throws {
        var builder = StackProfile()
        builder.add("main;" + Array(repeating: "fib", count: depth).joined(separator: ";"), 5)
        builder.add("main;even;odd;even;odd", 1)
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(rows(view).first == "fib 5 5")
        #expect(rows(view).contains("even 0 1"))
        #expect(rows(view).contains("odd 1 1"))
        #expect(CallTree(view).nodes.count == 1 + 1 + depth + 4)
        #expect(CallTree(view, direction: .inverted).nodes.count == 1 + depth + 1 + 4 + 1)
    }

    @Test("makes a frame of each inlined line, the innermost last")
    func inlined() throws {
        var builder = StackProfile()
        let inner = builder.location("inner")
        let outer = builder.location("outer")
        let lines = [inner, outer].flatMap { builder.profile.locations[$0].lines }
        builder.profile.locations.append(Profile.Location(mapping: 0, address: 0x2000, lines: lines))
        builder.profile.samples = [
            Profile.Sample(locations: [builder.profile.locations.count - 1], values: [1, 10], labelSet: 0)
        ]
        let view = try ProfileView(builder.profile, valueIndex: 1)
        #expect(FoldedStacks(view).lines == ["outer;inner 10"])
        #expect(rows(view) == ["inner 10 10", "outer 0 10"])
    }

    @Test("names an unsymbolized frame by its module and the offset in the file, else by its address")
    func unsymbolized() throws {
        var builder = StackProfile()
        builder.profile.locations = [
            Profile.Location(mapping: 0, address: 0x1234, lines: []),
            Profile.Location(mapping: nil, address: 0xFF00, lines: []),
            Profile.Location(mapping: 0, address: 0x10, lines: []),
        ]
        builder.profile.samples = [Profile.Sample(locations: [0, 1, 2], values: [1, 1], labelSet: 0)]
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(FoldedStacks(view).lines == ["app+0x10;0xff00;app+0x1234 1"])
        #expect(view.frames.allSatisfy { $0.kind == .unsymbolized })
    }

    @Test("sums up by line, module and label")
    func dimensions() throws {
        var builder = StackProfile()
        builder.add("main@1;work@10", 3, labels: StackProfile.thread("one", 7))
        builder.add("main@1;work@11", 2, labels: StackProfile.thread("two", 8))
        builder.add("main@1;work@11", 1)
        let byLine = try ProfileView(builder.profile, valueIndex: 0, by: .line)
        #expect(FrameTable(byLine).rows.map { byLine.frames[$0.frame].line } == [10, 11, 1])
        let byModule = try ProfileView(builder.profile, valueIndex: 0, by: .module)
        #expect(rows(byModule) == ["/opt/bin/app 6 6"])
        #expect(byModule.stacks == [[0]])
        let byThread = try ProfileView(builder.profile, valueIndex: 0, by: .label("thread"))
        #expect(rows(byThread) == ["one (tid 7) 3 3", "two (tid 8) 2 2", "(no thread) 1 1"])
        let rooted = try ProfileView(builder.profile, valueIndex: 0, by: .function, root: .label("thread"))
        #expect(FoldedStacks(rooted).lines.last == "two (tid 8);main;work 2")
        #expect(byLine.threads.map(\.thread.label) == ["one (tid 7)", "two (tid 8)"])
    }

    @Test("names the hottest line of a function whose declaration is unknown")
    func hottestLine() throws {
        var builder = StackProfile()
        builder.add("main@1;work@10", 3)
        builder.add("main@1;work@12", 4)
        builder.add("main@1;work@11", 3)
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(view.frames.first { $0.name == "work" }?.line == 12)
    }

    @Test("says which dimensions there are when one is missing")
    func missingDimension() throws {
        var builder = StackProfile()
        builder.add("main", 1, labels: StackProfile.thread("one", 7))
        let error = #expect(throws: ViewError.self) {
            try ProfileView(builder.profile, valueIndex: 0, by: .label("type"))
        }
        #expect(error == .missingDimension("type", available: ["function", "line", "module", "thread"]))
        #expect(error?.remedy == "use --by function, line, module or thread")
        #expect(error?.exitCode == .usage)
    }

    @Test("takes the default sample type, else the last one as pprof has it")
    func sampleTypes() throws {
        var profile = StackProfile(types: [("a", "count"), ("b", "count"), ("c", "count")]).profile
        #expect(try profile.sampleTypeIndex(named: nil) == 2)
        profile.defaultSampleType = "b"
        #expect(try profile.sampleTypeIndex(named: nil) == 1)
        #expect(try profile.sampleTypeIndex(named: "a") == 0)
        #expect(throws: ViewError.unknownSampleType("d", available: ["a", "b", "c"])) {
            try profile.sampleTypeIndex(named: "d")
        }
        #expect(throws: ViewError.noSampleTypes) { try Profile().sampleTypeIndex(named: nil) }
    }

    @Test("keeps differences apart from their distance from zero")
    func negativeValues() throws {
        var builder = StackProfile(types: [("cpu", "nanoseconds")])
        builder.add("main;faster", [-30])
        builder.add("main;slower", [20])
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(view.total == -10)
        #expect(view.magnitude == 50)
        #expect(view.sampleCount == nil)
        #expect(rows(view) == ["faster -30 -30", "slower 20 20", "main 0 -10"])
    }

    @Test("stops at the largest number instead of wrapping around")
    func overflow() throws {
        var builder = StackProfile(types: [("cpu", "nanoseconds")])
        builder.add("main;a", [.max])
        builder.add("main;b", [.max])
        builder.add("main;c", [.min])
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(view.magnitude == .max)
        #expect(CallTree(view).nodes.count == 5)
    }

    @Test("an empty profile is an empty view")
    func empty() throws {
        let view = try ProfileView(StackProfile().profile, valueIndex: 0, by: .label("thread"))
        #expect(view.frames.isEmpty)
        #expect(view.total == 0)
        #expect(FrameTable(view).rows.isEmpty)
        #expect(FoldedStacks(view).lines.isEmpty)
        #expect(CallTree(view).nodes.count == 1)
    }

    @Test("folded names cannot end a frame or a line")
    func folded() throws {
        var builder = StackProfile()
        builder.profile.functions = ["ma;in", "wo\nrk", "\u{1B}[31m"].map {
            Profile.Function(name: $0, systemName: "", file: "", startLine: 0)
        }
        builder.profile.locations = (0..<3).map {
            Profile.Location(mapping: nil, address: 0, lines: [Profile.Line(function: $0, line: 0)])
        }
        builder.profile.samples = [
            Profile.Sample(locations: [2, 1, 0], values: [1, 1], labelSet: 0),
            Profile.Sample(locations: [], values: [4, 4], labelSet: 0),
            Profile.Sample(locations: [0], values: [0, 0], labelSet: 0),
        ]
        let lines = FoldedStacks(try ProfileView(builder.profile, valueIndex: 0)).lines
        #expect(lines == ["[no stack] 4", "ma:in;wo\\u{A}rk;\\u{1B}[31m 1"])
    }

    @Test("callers and callees of a function count each stack once")
    func neighbours() throws {
        var builder = StackProfile()
        builder.add("main;f;g;f;h", 5)
        builder.add("other;f", 2)
        builder.add("f", 1)
        let view = try ProfileView(builder.profile, valueIndex: 0)
        let frame = try #require(view.frames.firstIndex { $0.name == "f" })
        let neighbours = CallNeighbours(of: frame, in: view)
        func text(_ list: [CallNeighbours.Neighbour]) -> [String] {
            list.map { "\($0.frame.map { view.frames[$0].name } ?? "-") \($0.value)" }
        }
        #expect(text(neighbours.callers) == ["g 5", "main 5", "other 2", "- 1"])
        #expect(text(neighbours.callees) == ["g 5", "h 5"])
    }

    @Test("puts many samples together by their stacks")
    func manySamples() throws {
        var builder = StackProfile()
        for index in 0..<2_000 { builder.add("main;f\(index % 40);g\(index % 50);h\(index)", 1) }
        let distinct = builder.profile.samples
        for _ in 0..<20 { builder.profile.samples += distinct }
        let view = try ProfileView(builder.profile, valueIndex: 0)
        #expect(view.stacks.count == 2_000)
        #expect(view.total == 42_000)
    }
}
