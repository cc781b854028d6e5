import PerfLeaks
import PerfSymbols
import Testing

@Suite("leaks")
struct LeakAnalysisTests {
    private let heap = SceneHeap()

    @Test("what roots refer to lives, whatever is between")
    func reachable() throws {
        let leaf = heap.block([0, 0])
        let middle = heap.block([7, leaf + 8])
        heap.root(1, middle, 2)
        #expect(try #require(heap.report()).groups.isEmpty)
    }

    @Test("a block that nothing refers to is unreachable; what it alone refers to is kept by it")
    func unreachable() throws {
        let leaf = heap.block([0, 0], site: 2)
        _ = heap.block([leaf, 0, 0, 0], site: 1)
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.site) == [1, 2] && groups.map(\.kind) == [.unreachable, .unreachable])
        #expect(groups.map(\.isHead) == [true, false])
        #expect(groups[0].keptCount == 2 && groups[0].keptByteCount == 48 && groups[1].path.count == 1)
    }

    @Test("a cycle of two is found with the properties that close it, and like ones are one group")
    func cycle() throws {
        let parent = heap.type("App.Parent", fields: [("name", .strong), ("child", .strong)])
        let child = heap.type("App.Child", fields: [("parent", .strong)])
        for _ in 0..<20 {
            let a = heap.object(parent, [0, 0])
            let b = heap.object(child, [a])
            heap.set(a, 24, b)
        }
        let report = try #require(heap.report())
        #expect(report.leakedCount == 40)
        let groups = report.groups
        #expect(groups.count == 2 && groups.allSatisfy { $0.kind == .cycle && $0.count == 20 && $0.isHead })
        #expect(
            groups[0].path == [
                .init(type: "App.Child", field: "parent"), .init(type: "App.Parent", field: "child"),
            ])
        #expect(groups.reduce(0) { $0 + $1.keptCount } == 40)
    }

    @Test("what leaks has the number of the head that leaks it; the members of a cycle share it")
    func causes() throws {
        let holder = heap.type("App.Holder", fields: [("other", .strong), ("items", .strong)])
        let items = heap.type("App.Items")
        for site in [UInt32(1), 2] {
            let a = heap.object(holder, [0, heap.object(items, site: site + 10)], site: site)
            heap.set(a, 16, heap.object(holder, [a, 0], site: site + 4))
        }
        // Its counts are in a side table, which leaks with it.
        let last = heap.object(holder, [0, heap.object(items)])
        heap.set(last, 8, 0xc000_0000_0000_0000 | heap.block([last, 0, 3, 0], site: 20) >> 3)
        let groups = try #require(heap.report()).groups
        let causes = Dictionary(grouping: groups, by: \.cause).mapValues { Set($0.map(\.site)) }
        #expect(Set(causes.values) == [[1, 5, 11], [2, 6, 12], [0, 20]])
        #expect(groups.first { $0.isHead && $0.site == 0 }?.keptCount == 3)
    }

    @Test("an object that holds itself is a cycle of one")
    func selfCycle() throws {
        let node = heap.type("App.Node", fields: [("me", .strong)])
        let a = heap.object(node, [0])
        heap.set(a, 16, a)
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.kind) == [.cycle] && groups[0].path == [.init(type: "App.Node", field: "me")])
    }

    @Test("unowned references and side tables keep nothing alive; a cycle through them is none")
    func unowned() throws {
        let owner = heap.type("App.Owner", fields: [("part", .strong)])
        let part = heap.type("App.Part", fields: [("owner", .unowned), ("delegate", .weak)])
        // Held by nothing but the part, which holds it unowned; and by a weak reference of what lives.
        let a = heap.object(owner, [0])
        let b = heap.object(part, [a, 0])
        heap.set(a, 16, b)
        let table = heap.block([a, 0, 3, 0])
        heap.set(a, 8, 0xc000_0000_0000_0000 | table >> 3)
        heap.root(table)
        let groups = try #require(heap.report()).groups
        // One that is retained once by nobody, and what it keeps.
        #expect(groups.map(\.kind) == [.overretained, .unreachable])
        #expect(groups.map(\.type) == ["App.Owner", "App.Part"])
    }

    @Test("an object that is retained more often than it is referred to is over-retained, in a cycle too")
    func overretained() throws {
        let node = heap.type("App.Node", fields: [("next", .strong)])
        let a = heap.object(node, strong: 2, [0], site: 1)
        let b = heap.object(node, [a], site: 2)
        heap.set(a, 16, b)
        _ = heap.object(heap.type("App.Alone"), site: 3)
        let groups = try #require(heap.report()).groups
        #expect(
            Dictionary(uniqueKeysWithValues: groups.map { ($0.site, $0.kind) }) == [
                1: .overretained, 2: .cycle, 3: .overretained,
            ])
    }

    @Test(
        "marks of enums, bridged objects and strings do not hide what is referred to",
        arguments: [
            0x8000_0000_0000_0000, 0x2000_0000_0000_0000, 0xf000_0000_0000_0007, 0x4000_0000_0000_0004, 5,
        ] as [UInt64])
    func marks(_ mark: UInt64) throws {
        let a = heap.block([1, 2])
        heap.root(a | mark)
        #expect(try #require(heap.report()).groups.isEmpty)
    }

    @Test("tasks that wait are roots")
    func tasks() throws {
        let waiting = heap.block([0, 0])
        _ = heap.object(heap.type("task", kind: .task), [0, 0, waiting])
        #expect(try #require(heap.report()).groups.isEmpty)
    }

    @Test("roots in memory are read around holes, and what cannot be read is told")
    func rootRanges() throws {
        let a = heap.block([0, 0])
        heap.words[0x6000_0000_2000] = a
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_2008]
        var types = heap
        let blocks = try #require(HeapBlocks(heap.blocks))
        let analysis = try #require(LeakAnalysis(blocks, roots: heap.roots, in: heap, types: &types))
        #expect(analysis.leaked.isEmpty && analysis.missingRootByteCount == 0x2000)
    }

    @Test("pages of private mappings that are as the file has them hold no references")
    func unwritten() throws {
        let first = heap.block([0, 0], site: 1)
        let second = heap.block([0, 0], site: 2)
        let start: UInt64 = 0x6000_0000_0000
        for (offset, word) in [(UInt64(0), first), (8, second), (16, 0)] { heap.set(start, offset, word) }
        heap.roots.copied = [start..<start + 24]
        heap.unwritten = start + 8..<start + 16
        let report = try #require(heap.report())
        #expect(report.groups.map(\.site) == [2])
    }

    @Test("a word left over on a stack keeps no cycle alive whose retains are all accounted for")
    func leftOver() throws {
        let node = heap.type("App.Node", fields: [("next", .strong)])
        let a = heap.object(node, [0])
        let b = heap.object(node, [a])
        heap.set(a, 16, b)
        // One that a variable holds as well, and one that only a variable holds.
        let c = heap.object(node, strong: 2, [0])
        let d = heap.object(node, [c])
        heap.set(c, 16, d)
        let e = heap.object(node, [0])
        heap.root(a, c, e)
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.kind) == [.cycle] && groups[0].count == 2 && groups[0].example == a)
    }

    @Test("a word left over in a buffer keeps no cycle alive whose retains are accounted for; a retain by C does")
    func leftOverInBuffer() throws {
        let node = heap.type("App.Node", fields: [("next", .strong)])
        let a = heap.object(node, [0])
        heap.set(a, 16, heap.object(node, [a]))
        // One that C has retained, and one of a cycle that C has retained.
        let b = heap.object(node, [0])
        let c = heap.object(node, strong: 2, [0])
        heap.set(c, 16, heap.object(node, [c]))
        let inner = heap.block([a, 7, c])
        let buffer = heap.block([inner, a, b, 0])
        // So do the frames of a task, which waits for somebody, and room behind the elements of an array.
        _ = heap.object(heap.type("task", kind: .task), [0, 0, a])
        let d = heap.object(node, [0])
        let storage = heap.type("Swift._ContiguousArrayStorage<Swift.AnyObject>", kind: .arrayStorage)
        heap.words[0x6000_0000_0008] = heap.object(storage, [1, 6, d, a, 0])
        heap.words[0x6000_0000_0000] = buffer
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_0010]
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.kind) == [.cycle] && groups[0].count == 2 && groups[0].example == a)
    }

    @Test("addresses inside of an object are no retains of it: what an allocator left over owns nothing")
    func inside() throws {
        let node = heap.type("App.Node", fields: [("next", .strong), ("other", .strong)])
        let storage = heap.type("Swift._ContiguousArrayStorage<App.Node>", kind: .arrayStorage)
        let a = heap.object(node, [0, 0])
        heap.set(a, 24, a + 16)
        heap.words[0x6000_0000_0000] = heap.object(storage, [1, 2, a])
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_0008]
        #expect(try #require(heap.report()).groups.isEmpty)
    }

    @Test(
        "an array whose count makes no sense owns nothing, and ends nothing",
        arguments: [[.max, .max], [1 << 62, .max], [3, 1], [0, 0], [1 << 31, 1 << 33]] as [[UInt64]])
    func nonsense(counts: [UInt64]) throws {
        let node = heap.type("App.Node", fields: [("next", .strong)])
        let storage = heap.type("Swift._ContiguousArrayStorage<App.Node>", kind: .arrayStorage)
        let a = heap.object(node, [0])
        let array = heap.object(storage, counts + [a, a])
        heap.set(a, 16, array)
        heap.root(a, array)
        #expect(try #require(heap.report()).leakedCount <= 2)
    }

    @Test("deep nesting of arrays whose elements refer back ends, and nothing of it leaks")
    func nested() throws {
        // The word that leads back stands inside of a struct: whether it is a retain is not known.
        let node = heap.type("App.Node", fields: [("items", .strong), ("context", .strong)])
        let storage = heap.type("Swift._ContiguousArrayStorage<App.Node>", kind: .arrayStorage)
        var below: UInt64 = 0
        for _ in 0..<500 {
            let parent = heap.object(node, [0, 1, 0])
            if below != 0 {
                heap.set(parent, 16, heap.object(storage, [1, 2, below]))
                heap.set(below, 32, parent)
            }
            below = parent
        }
        heap.words[0x6000_0000_0000] = heap.object(storage, [1, 2, below])
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_0008]
        #expect(try #require(heap.report()).groups.isEmpty)
    }

    @Test("what the allocator gave beyond the size of an object holds no references, with a side table and without")
    func slack() throws {
        let node = heap.type("App.Node", fields: [("next", .strong)], size: 24)
        let lost = heap.object(node, [0])
        let holders = [heap.object(node, [0, lost]), heap.object(node, [0, lost])]
        let table = heap.block([holders[1], 0, 3, 0])
        heap.set(holders[1], 8, 0xc000_0000_0000_0000 | table >> 3)
        // Room for elements: nobody knows what is in it.
        let elements = heap.object(heap.type("App.Elements", size: 24), [0, 0, heap.object(node, [0])])
        for (index, block) in (holders + [elements]).enumerated() {
            heap.words[0x6000_0000_0000 + UInt64(index) * 8] = block
        }
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_0018]
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.example) == [lost], "\(groups)")
    }

    @Test("unowned references in structs of arrays keep nothing alive; what somebody retains lives")
    func unownedInStructs() throws {
        let storage = heap.type("Swift._ContiguousArrayStorage<App.Unowned>", kind: .arrayStorage)
        let node = heap.type("App.Node", fields: [("next", .strong)])
        let a = heap.object(node, [0])
        let b = heap.object(node, [a])
        heap.set(a, 16, b)
        heap.set(a, 8, 3 + 2)
        let c = heap.object(node, [0])
        heap.set(c, 8, 3 + 2)
        let array = heap.object(storage, [2, 4, a, c])
        heap.words[0x6000_0000_0000] = array
        // Nobody but the array and a stack refers to the last.
        heap.words[0x6000_0000_0008] = c
        heap.roots.ranges = [0x6000_0000_0000..<0x6000_0000_0008]
        heap.roots.stacks = [0x6000_0000_0008..<0x6000_0000_0010]
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.kind) == [.cycle] && groups[0].count == 2 && groups[0].example == a)
    }

    @Test("a long list is one path, and takes no recursion")
    func list() throws {
        let node = heap.type("App.Node", fields: [("next", .strong)])
        var next: UInt64 = 0
        for _ in 0..<20_000 { next = heap.object(node, [next]) }
        let groups = try #require(heap.report()).groups
        #expect(groups.map(\.count) == [1, 19_999] && groups[0].keptCount == 20_000)
        #expect(groups[1].path == [.init(type: "App.Node", field: "next")])
    }

    @Test("of blocks that overlap the first is taken; such at odd addresses are refused")
    func overlap() {
        #expect(HeapBlocks([.init(address: 4112, byteCount: 16), .init(address: 4096, byteCount: 32)])?.count == 1)
        #expect(HeapBlocks([.init(address: 4100, byteCount: 8)]) == nil)
    }
}
