extension LeakAnalysis {
    /// What leaks, in groups that are alike.
    package func report() -> LeakReport {
        var writer = LeakGrouping(self)
        return writer.report()
    }
}

/// Puts leaked blocks into groups: who keeps whom, and what is alike.
private struct LeakGrouping<Memory: FrozenMemory> {
    private struct Key: Hashable {
        var kind: LeakReport.Kind
        var type: String?
        var site: UInt32
        var path: [LeakReport.Step]
        var isHead: Bool
        /// The number of the head that leaks it; -1 for the key that a head itself gets its number by.
        var cause: Int
    }

    private let analysis: LeakAnalysis<Memory>
    private let blocks: HeapBlocks
    private let leaked: [UInt32]
    /// Places among the leaked by block; -1 for others.
    private var place: [Int32]
    private var inCount: [Int32]
    private let components: StrongComponents
    private var members: [[Int32]]
    private var paths = LeakPaths()

    init(_ analysis: LeakAnalysis<Memory>) {
        self.analysis = analysis
        blocks = analysis.graph.blocks
        leaked = analysis.leaked
        var place = [Int32](repeating: -1, count: leaked.isEmpty ? 0 : blocks.count)
        for (index, block) in leaked.enumerated() { place[Int(block)] = Int32(index) }
        var inCount = [Int32](repeating: 0, count: leaked.count)
        for block in leaked {
            // What leaks is referred to by what leaks alone.
            for target in analysis.graph.references(of: Int(block)) where target != HeapBlocks.none {
                let target = place[Int(target)]
                if target >= 0 { inCount[Int(target)] += 1 }
            }
        }
        (self.place, self.inCount) = (place, inCount)
        components = StrongComponents(count: leaked.count) { index in
            Self.targets(of: index, analysis, place)
        }
        members = Array(repeating: [], count: Int(components.count))
        for index in leaked.indices { members[Int(components.component[index])].append(Int32(index)) }
    }

    /// Places of the leaked blocks that one refers to.
    private static func targets(of index: Int, _ analysis: LeakAnalysis<Memory>, _ place: [Int32]) -> [Int32] {
        analysis.graph.references(of: Int(analysis.leaked[index])).compactMap { target in
            guard target != HeapBlocks.none, place[Int(target)] >= 0 else { return nil }
            return place[Int(target)]
        }
    }

    mutating func report() -> LeakReport {
        var path = [Int](repeating: LeakPaths.none, count: leaked.count)
        var head = [Int32](repeating: -1, count: leaked.count)
        var kinds = [LeakReport.Kind](repeating: .unreachable, count: leaked.count)
        var cycles: [Int32: [LeakReport.Step]] = [:]
        var heads: [Int32] = []
        // A component comes before those that refer to it: the last ones are heads.
        var hasReferrer = [Bool](repeating: false, count: Int(components.count))
        for index in leaked.indices {
            for target in Self.targets(of: index, analysis, place)
            where components.component[Int(target)] != components.component[index] {
                hasReferrer[Int(components.component[Int(target)])] = true
            }
        }
        for component in (0..<components.count).reversed() {
            let members = members[Int(component)]
            let isCycle = members.count > 1 || Self.targets(of: Int(members[0]), analysis, place).contains(members[0])
            if isCycle { cycles[component] = cycle(of: members) }
            for member in members { kinds[Int(member)] = kind(of: Int(member), isCycle: isCycle) }
            if !hasReferrer[Int(component)] { heads.append(component) }
        }
        for component in heads { follow(component, cycles[component] != nil, &path, &head) }
        return grouped(kinds, path, head, cycles, Set(heads))
    }

    private func kind(of index: Int, isCycle: Bool) -> LeakReport.Kind {
        if let strong = analysis.strongCount(of: Int(leaked[index])), strong > Int(inCount[index]) {
            return .overretained
        }
        return isCycle ? .cycle : .unreachable
    }

    /// Gives all that a head refers to, and nobody had before, to it.
    private mutating func follow(_ component: Int32, _ isCycle: Bool, _ path: inout [Int], _ head: inout [Int32]) {
        var open: [Int32] = []
        for member in members[Int(component)] {
            head[Int(member)] = component
            open.append(member)
        }
        var next = 0
        while next < open.count {
            let index = Int(open[next])
            next += 1
            let type = analysis.type(of: Int(leaked[index]))
            for (offset, target) in references(of: index) where head[Int(target)] < 0 {
                head[Int(target)] = component
                let step = LeakReport.Step(type: type?.name, field: type?.place(at: offset))
                path[Int(target)] = paths.adding(step, to: path[index])
                open.append(target)
            }
        }
    }

    /// What a leaked block refers to among the leaked, and where in it.
    private func references(of index: Int) -> [(offset: Int, target: Int32)] {
        let block = Int(leaked[index])
        guard analysis.graph.references(of: block).contains(where: { $0 != HeapBlocks.none && place[Int($0)] >= 0 })
        else { return [] }
        let kept = Set(analysis.graph.references(of: block))
        let words = analysis.memory.words(at: blocks.address(of: block), count: Int(blocks.byteCount(of: block) / 8))
        var result: [(offset: Int, target: Int32)] = words.enumerated().compactMap { number, word in
            guard let target = blocks.block(referredToBy: word), kept.contains(UInt32(target)), place[target] >= 0
            else {
                return nil
            }
            return (number * 8, place[target])
        }
        // Its address is not written as one.
        if let table = analysis.graph.sideTables[UInt32(block)], place[Int(table)] >= 0 {
            result.append((8, place[Int(table)]))
        }
        return result
    }

    /// A shortest way around, beginning with what comes first in the alphabet, so that like cycles look alike.
    private func cycle(of members: [Int32]) -> [LeakReport.Step] {
        let name = { (index: Int32) in self.analysis.type(of: Int(self.leaked[Int(index)]))?.name }
        let start = members.min { first, second in
            let (one, other) = (name(first) ?? "\u{7f}", name(second) ?? "\u{7f}")
            return one == other ? first < second : one < other
        }
        guard let start else { return [] }
        let component = components.component[Int(start)]
        var from: [Int32: (index: Int32, field: String?)] = [:]
        var open = [start]
        var position = 0
        while position < open.count {
            let index = open[position]
            position += 1
            let type = analysis.type(of: Int(leaked[Int(index)]))
            for (offset, target) in references(of: Int(index)) where components.component[Int(target)] == component {
                let field = type?.place(at: offset)
                if target == start {
                    var steps = [LeakReport.Step(type: type?.name, field: field)]
                    var at = index
                    while at != start, let before = from[at] {
                        at = before.index
                        steps.append(LeakReport.Step(type: name(at), field: before.field))
                    }
                    return Self.rotated(steps.reversed())
                }
                if from[target] == nil {
                    from[target] = (index, field)
                    open.append(target)
                }
            }
        }
        return [LeakReport.Step(type: name(start), field: nil)]
    }

    /// The same circle, from the step on that makes it first in the alphabet.
    private static func rotated(_ steps: [LeakReport.Step]) -> [LeakReport.Step] {
        let words = steps.map { ($0.type ?? "\u{7f}") + "." + ($0.field ?? "") }
        let start = steps.indices.min { first, second in
            for offset in steps.indices {
                let (one, other) = (words[(first + offset) % words.count], words[(second + offset) % words.count])
                if one != other { return one < other }
            }
            return false
        }
        let turned = Array(steps[(start ?? 0)...] + steps[..<(start ?? 0)])
        // A ring of many alike is told by one of them.
        let period = (1...turned.count).first { period in
            turned.count % period == 0 && turned.indices.allSatisfy { turned[$0] == turned[$0 % period] }
        }
        return Array(turned.prefix(period ?? turned.count))
    }

    private func grouped(
        _ kinds: [LeakReport.Kind], _ path: [Int], _ head: [Int32], _ cycles: [Int32: [LeakReport.Step]],
        _ heads: Set<Int32>
    ) -> LeakReport {
        func key(of index: Int, cause: Int) -> Key {
            let (block, component) = (Int(leaked[index]), components.component[index])
            return Key(
                kind: kinds[index], type: analysis.type(of: block)?.name, site: blocks[block].site,
                path: cycles[component] ?? paths.steps(path[index]), isHead: heads.contains(component), cause: cause)
        }
        // Of a cycle the first member speaks for all that it keeps.
        var causes = [Int](repeating: -1, count: Int(components.count))
        var numbers: [Key: Int] = [:]
        for index in leaked.indices where heads.contains(components.component[index]) {
            let component = Int(components.component[index])
            guard causes[component] < 0 else { continue }
            let key = key(of: index, cause: -1)
            causes[component] = numbers[key] ?? numbers.count
            numbers[key] = causes[component]
        }
        var groups: [Key: LeakReport.Group] = [:]
        var keyOfHead: [Int32: Key] = [:]
        for index in leaked.indices {
            let block = Int(leaked[index])
            let component = components.component[index]
            let key = key(of: index, cause: head[index] < 0 ? -1 : causes[Int(head[index])])
            let size = blocks.byteCount(of: block)
            groups[
                key,
                default: LeakReport.Group(
                    kind: key.kind, type: key.type, site: key.site, path: key.path, isHead: key.isHead, headCount: 0,
                    count: 0, byteCount: 0, keptByteCount: 0, keptCount: 0, cause: key.cause,
                    example: blocks.address(of: block))
            ].add(size)
            if key.isHead, keyOfHead[component] == nil {
                keyOfHead[component] = key
                groups[key]?.headCount += 1
            }
        }
        for index in leaked.indices {
            guard let key = keyOfHead[head[index]] else { continue }
            groups[key]?.keptCount += 1
            groups[key]?.keptByteCount += blocks.byteCount(of: Int(leaked[index]))
        }
        let order = groups.values.sorted {
            ($0.isHead ? 1 : 0, $0.keptByteCount, $0.byteCount, $1.type ?? "", $1.site)
                > ($1.isHead ? 1 : 0, $1.keptByteCount, $1.byteCount, $0.type ?? "", $0.site)
        }
        return LeakReport(
            groups: order, liveCount: blocks.count, liveByteCount: blocks.byteCount)
    }
}

extension LeakReport.Group {
    fileprivate mutating func add(_ size: UInt64) {
        count += 1
        byteCount += size
    }
}
