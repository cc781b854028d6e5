import PerfModel
import PerfProfiles

/// Inserts samples one by one, in constant memory per distinct node.
struct FrameTrieBuilder {
    /// Distinct values in order of appearance.
    struct Interned<Value: Hashable> {
        private(set) var values: [Value] = []
        private var indices: [Value: Int] = [:]

        mutating func index(of value: Value) -> Int {
            if let index = indices[value] { return index }
            indices[value] = values.count
            values.append(value)
            return values.count - 1
        }
    }

    private struct Frame: Hashable {
        var function: Int
        var isInlined: Bool
        var line: Int
    }

    private struct NodeKey: Hashable {
        var parent: Int
        var function: Int
        var isInlined: Bool
    }

    private struct LineKey: Hashable {
        var node: Int
        var line: Int
    }

    private struct RowKey: Hashable {
        var node: Int
        var thread: Int
    }

    private(set) var functions = Interned<FrameTrie.Function>()
    private(set) var threads = Interned<FrameTrie.Thread>()
    private(set) var negativeSamples = 0

    private let profile: Profile
    /// The sample type whose weight decides which line of a node is the hottest.
    private let weightType: Int
    /// Frames of each of the profile's locations, root side first.
    private var framesOfLocation: [[Frame]?]
    private var threadOfLabelSet: [Int?]
    private var nodes = Interned<NodeKey>()
    private var weightOfLine: [LineKey: Int64] = [:]
    private var rowOfKey: [RowKey: Int] = [:]
    private var rows: [FrameTrie.Row] = []

    init(_ profile: Profile) {
        self.profile = profile
        weightType = profile.sampleTypes.firstIndex { $0.type == profile.defaultSampleType } ?? 0
        framesOfLocation = Array(repeating: nil, count: profile.locations.count)
        threadOfLabelSet = Array(repeating: nil, count: profile.labelSets.count)
    }

    mutating func add(_ sample: Profile.Sample) {
        if sample.values.contains(where: { $0 < 0 }) { negativeSamples += 1 }
        let values = sample.values.map { max($0, 0) }
        guard values.contains(where: { $0 > 0 }) else { return }
        let weight = values.indices.contains(weightType) ? values[weightType] : 0
        var node = -1
        for location in sample.locations.reversed() {
            for frame in frames(of: location) {
                node = nodes.index(
                    of: NodeKey(parent: node, function: frame.function, isInlined: frame.isInlined)
                )
                if frame.line > 0 {
                    weightOfLine[LineKey(node: node, line: frame.line), default: 0].addSaturating(weight)
                }
            }
        }
        add(values, to: RowKey(node: node, thread: thread(of: sample.labelSet)))
    }

    private mutating func add(_ values: [Int64], to key: RowKey) {
        guard let row = rowOfKey[key] else {
            rowOfKey[key] = rows.count
            rows.append(FrameTrie.Row(node: key.node, thread: key.thread, values: values))
            return
        }
        for (index, value) in values.enumerated() where rows[row].values.indices.contains(index) {
            rows[row].values[index].addSaturating(value)
        }
    }

    private mutating func frames(of location: Int) -> [Frame] {
        if let known = framesOfLocation[location] { return known }
        let frames = resolve(profile.locations[location])
        framesOfLocation[location] = frames
        return frames
    }

    private mutating func resolve(_ location: Profile.Location) -> [Frame] {
        let mapping = location.mapping.map { profile.mappings[$0] }
        guard !location.lines.isEmpty else {
            let function = FrameTrie.Function(
                name: Self.unsymbolizedName(location.address, in: mapping), module: mapping?.file ?? "", file: "",
                line: 0
            )
            return [Frame(function: functions.index(of: function), isInlined: false, line: 0)]
        }
        let outermost = location.lines.count - 1
        return location.lines.indices.reversed().map { index in
            let line = location.lines[index]
            let source = profile.functions[line.function]
            var name = source.name.isEmpty ? source.systemName : source.name
            if name.isEmpty { name = Self.unsymbolizedName(location.address, in: mapping) }
            let function = FrameTrie.Function(
                name: name, module: mapping?.file ?? "", file: source.file, line: max(source.startLine, 0)
            )
            return Frame(
                function: functions.index(of: function), isInlined: index != outermost, line: max(line.line, 0)
            )
        }
    }

    /// `libfoo.so+0x1234`, an offset into the file as `addr2line` and `objdump` users expect it.
    private static func unsymbolizedName(_ address: UInt64, in mapping: Profile.Mapping?) -> String {
        guard let mapping, !mapping.file.isEmpty else { return "0x" + String(address, radix: 16) }
        let base = mapping.file.split(separator: "/").last ?? mapping.file[...]
        let offset = address &- mapping.start &+ mapping.offset
        return "\(base)+0x" + String(offset, radix: 16)
    }

    private mutating func thread(of labelSet: Int) -> Int {
        if let known = threadOfLabelSet[labelSet] { return known }
        var thread = FrameTrie.Thread(name: "", threadID: nil, process: "", processID: nil)
        for label in profile.labelSets[labelSet] {
            switch (label.key, label.value) {
            case (LabelKey.thread, .text(let name)): thread.name = name
            case (LabelKey.threadID, .number(let number, _)): thread.threadID = number
            case (LabelKey.process, .text(let name)): thread.process = name
            case (LabelKey.processID, .number(let number, _)): thread.processID = number
            default: break
            }
        }
        let index = threads.index(of: thread)
        threadOfLabelSet[labelSet] = index
        return index
    }

    /// The nodes renumbered depth first, and the rows that refer to them, in node order.
    func depthFirst() -> ([FrameTrie.Node], [FrameTrie.Row]) {
        let keys = nodes.values
        // Children of every node as linked lists; -1 ends one. Index 0 stands for the root.
        var firstChild = Array(repeating: -1, count: keys.count + 1)
        var nextSibling = Array(repeating: -1, count: keys.count)
        for (index, key) in keys.enumerated().reversed() {
            nextSibling[index] = firstChild[key.parent + 1]
            firstChild[key.parent + 1] = index
        }
        let lines = hottestLines(count: keys.count)
        var ordered: [FrameTrie.Node] = []
        ordered.reserveCapacity(keys.count)
        var newIndex = Array(repeating: -1, count: keys.count)
        var pending = firstChild[0] >= 0 ? [firstChild[0]] : []
        while let node = pending.popLast() {
            let key = keys[node]
            newIndex[node] = ordered.count
            ordered.append(
                FrameTrie.Node(
                    parent: key.parent < 0 ? -1 : newIndex[key.parent], function: key.function,
                    isInlined: key.isInlined, line: lines[node]
                )
            )
            if nextSibling[node] >= 0 { pending.append(nextSibling[node]) }
            if firstChild[node + 1] >= 0 { pending.append(firstChild[node + 1]) }
        }
        var renumbered = rows
        for index in renumbered.indices where renumbered[index].node >= 0 {
            renumbered[index].node = newIndex[renumbered[index].node]
        }
        renumbered.sort { ($0.node, $0.thread) < ($1.node, $1.thread) }
        return (ordered, renumbered)
    }

    private func hottestLines(count: Int) -> [Int] {
        var lines = Array(repeating: 0, count: count)
        var weights = Array(repeating: Int64(-1), count: count)
        for (key, weight) in weightOfLine {
            // The lower line wins a tie, so that the same profile always gives the same page.
            let isHotter = weight > weights[key.node] || (weight == weights[key.node] && key.line < lines[key.node])
            guard isHotter else { continue }
            weights[key.node] = weight
            lines[key.node] = key.line
        }
        return lines
    }
}

extension Int64 {
    /// Adds without overflow: hostile profiles may hold values that no sum can.
    fileprivate mutating func addSaturating(_ other: Int64) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? .max : sum
    }
}
