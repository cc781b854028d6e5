import FoundationEssentials
import PerfProfiles
import Testing

@Suite("suppressed leaks")
struct LeakSuppressionTests {
    private func group(_ type: String?, isHead: Bool = true, count: UInt64 = 1, stack: [String] = []) -> HeapLeaks.Group
    {
        HeapLeaks.Group(
            kind: "cycle", type: type, count: count, bytes: count * 32, isHead: isHead, headCount: isHead ? count : 0,
            keptCount: count, keptBytes: count * 32, path: [], stack: stack, example: 0x1000, pid: 7)
    }

    private func pattern(_ text: String) throws -> NamePattern { try NamePattern(text, option: "type") }

    /// A cycle of two that keeps an array, the same array leaked by somebody else, and memory that is no object.
    private func leaks() -> HeapLeaks {
        var leaks = HeapLeaks()
        leaks.groups = [
            group("App.Parent", count: 2, stack: ["main", "App.load()"]), group("App.Child", count: 2),
            group("Array", isHead: false, count: 4), group("App.Other"), group("Array", isHead: false, count: 5),
            group(nil, count: 3, stack: ["main", "parse"]),
        ]
        return leaks
    }
    private let causes = [0, 0, 0, 1, 1, 2]

    @Test("one object of a cycle is enough; all that it keeps goes with it, and what others keep stays")
    func cycle() throws {
        var leaks = leaks()
        leaks.suppress([LeakSuppression(type: try pattern("Child"), reason: "known")], causes: causes)
        #expect(leaks.groups.map(\.type) == ["App.Other", "Array", nil])
        #expect(leaks.suppressed.map(\.count) == [8] && leaks.suppressed.map(\.bytes) == [256])
        #expect(leaks.suppressed[0].pattern == "type:Child" && leaks.suppressed[0].reason == "known")
    }

    @Test("what only leaks because of something else is not suppressed by its own name")
    func kept() throws {
        var leaks = leaks()
        leaks.suppress([LeakSuppression(type: try pattern("Array"))], causes: causes)
        #expect(leaks == self.leaks())
    }

    @Test("sites are functions of the stack; type and site must both hold")
    func sites() throws {
        var leaks = leaks()
        leaks.suppress(
            [
                LeakSuppression(type: try pattern("Parent"), site: try pattern("parse")),
                LeakSuppression(site: try pattern("^parse$")), LeakSuppression(site: try pattern("load")),
            ], causes: causes)
        #expect(leaks.groups.map(\.type) == ["App.Other", "Array"])
        #expect(leaks.suppressed.map(\.pattern) == ["site:^parse$", "site:load"])
    }

    @Test("recordings of before there were suppressions can be read")
    func older() throws {
        let read = try JSONDecoder().decode(HeapLeaks.self, from: Data(#"{"groups":[],"snapshots":[]}"#.utf8))
        #expect(read == HeapLeaks())
    }
}
