import PerfModel
import PerfProfiles
import Testing

@Suite("Profile filter") struct ProfileFilterTests {
    private var profile: Profile {
        var builder = StackProfile()
        builder.add("main;parse;malloc", 3, labels: StackProfile.thread("reader", 41))
        builder.add("main;render;malloc", 2, labels: StackProfile.thread("painter", 42))
        builder.add("main;idle", 1)
        return builder.profile
    }

    private func folded(
        focus: String? = nil, ignore: String? = nil, thread: String? = nil
    ) throws -> [String] {
        let filter = ProfileFilter(
            focus: try focus.map { try NamePattern($0, option: "--focus") },
            ignore: try ignore.map { try NamePattern($0, option: "--ignore") },
            thread: try thread.map { try NamePattern($0, option: "--thread") }
        )
        return FoldedStacks(try ProfileView(filter.applied(to: profile), valueIndex: 0)).lines
    }

    @Test("focus keeps samples in which any frame matches")
    func focus() throws {
        #expect(try folded(focus: "^pars") == ["main;parse;malloc 3"])
        #expect(try folded(focus: "parse|render") == ["main;parse;malloc 3", "main;render;malloc 2"])
        #expect(try folded(focus: "nothing") == [])
    }

    @Test("focus looks at files and modules as well")
    func filesAndModules() throws {
        #expect(try folded(focus: "/src/idle") == ["main;idle 1"])
        #expect(try folded(focus: "bin/app$").count == 3)
    }

    @Test("ignore drops samples in which any frame matches, and wins over focus")
    func ignore() throws {
        #expect(try folded(ignore: "malloc") == ["main;idle 1"])
        #expect(try folded(focus: "malloc", ignore: "parse") == ["main;render;malloc 2"])
    }

    @Test("thread matches the name or the id")
    func thread() throws {
        #expect(try folded(thread: "^read") == ["main;parse;malloc 3"])
        #expect(try folded(thread: "^42$") == ["main;render;malloc 2"])
    }

    @Test(
        "shows where a pattern is wrong",
        arguments: [("a(b", 3), ("a[b", 3), ("*b", 0), ("a)b", 1)]
    )
    func badPattern(pattern: String, position: Int) throws {
        let error = #expect(throws: ViewError.self) { try NamePattern(pattern, option: "--focus") }
        guard case .badPattern(_, _, let found, _)? = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(found == position)
        #expect(error?.exitCode == .usage)
        #expect(
            error?.summary.hasSuffix("\n    \(pattern)\n    " + String(repeating: " ", count: position) + "^") == true)
    }

    @Test("what is filtered out does not stay in the tables")
    func compacted() throws {
        let filter = ProfileFilter(ignore: try NamePattern("parse", option: "--ignore"))
        let filtered = filter.applied(to: profile)
        let compacted = filtered.compacted()
        #expect(compacted.functions.map(\.name) == ["main", "malloc", "render", "idle"])
        #expect(compacted.labelSets.count == 2)
        let before = FoldedStacks(try ProfileView(filtered, valueIndex: 0, root: .label("thread"))).lines
        #expect(FoldedStacks(try ProfileView(compacted, valueIndex: 0, root: .label("thread"))).lines == before)
    }
}
