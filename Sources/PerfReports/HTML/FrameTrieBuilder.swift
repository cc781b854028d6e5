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
        /// On a time axis, waits and samples of CPU time keep apart: they do not share out their values in the same way.
        var isWait: Bool
    }

    private(set) var functions = Interned<FrameTrie.Function>()
    private(set) var threads = Interned<ThreadIdentity?>()
    private(set) var negativeSamples = 0

    private let profile: Profile
    private let dimension: Dimension
    /// The sample type whose weight decides which line of a node is the hottest.
    private let weightType: Int
    /// Whether what was allocated stands at the tip of each stack.
    private let hasTypes: Bool
    /// Frames of each of the profile's locations, root side first.
    private var framesOfLocation: [[Frame]?]
    private var threadOfLabelSet: [Int?]
    private var nodes = Interned<NodeKey>()
    private var weightOfLine: [LineKey: Int64] = [:]
    private var rowOfKey: [RowKey: Int] = [:]
    private var rows: [FrameTrie.Row] = []
    private(set) var rowOfSample: [Int32] = []

    init(_ profile: Profile, by dimension: Dimension, weightType: Int, hasTypes: Bool) {
        self.profile = profile
        self.dimension = dimension
        self.weightType = weightType
        self.hasTypes = hasTypes
        framesOfLocation = Array(repeating: nil, count: profile.locations.count)
        threadOfLabelSet = Array(repeating: nil, count: profile.labelSets.count)
    }

    mutating func add(_ sample: Profile.Sample) {
        if sample.values.contains(where: { $0 < 0 }) { negativeSamples += 1 }
        let values = sample.values.map { max($0, 0) }
        guard values.contains(where: { $0 > 0 }) else {
            if keepsRows { rowOfSample.append(-1) }
            return
        }
        let weight = values.indices.contains(weightType) ? values[weightType] : 0
        var node = -1
        if let label = labelFrame(of: sample) { enter(label, weight: weight, from: &node) }
        for location in sample.locations.reversed() {
            for frame in frames(of: location) {
                // By module, calls within one are of no interest: one frame stands for all in a row.
                if dimension == .module, node >= 0, nodes.values[node].function == frame.function { continue }
                enter(frame, weight: weight, from: &node)
            }
        }
        if hasTypes { enter(tip(of: sample), weight: weight, from: &node) }
        let isWait =
            profile.timeline?.hasDurations == true && profile.labelText(LabelKey.wait, in: sample.labelSet) != nil
        let row = add(values, to: RowKey(node: node, thread: thread(of: sample.labelSet), isWait: isWait))
        if keepsRows { rowOfSample.append(Int32(truncatingIfNeeded: row)) }
    }

    private var keepsRows: Bool { profile.timeline != nil || hasTypes }

    /// What a stack of a heap recording allocated.
    private mutating func tip(of sample: Profile.Sample) -> Frame {
        let type = profile.text(LabelKey.type, in: sample.labelSet)
        let function = FrameTrie.Function(
            name: type ?? "raw memory", module: "", file: "", line: 0, kind: type == nil ? .rawMemory : .type)
        return Frame(function: functions.index(of: function), isInlined: false, line: 0)
    }

    private mutating func enter(_ frame: Frame, weight: Int64, from node: inout Int) {
        node = nodes.index(of: NodeKey(parent: node, function: frame.function, isInlined: frame.isInlined))
        guard frame.line > 0 else { return }
        let key = LineKey(node: node, line: frame.line)
        weightOfLine[key] = saturatingSum(weightOfLine[key] ?? 0, weight)
    }

    /// By a label, its value is the outermost frame of each stack.
    private mutating func labelFrame(of sample: Profile.Sample) -> Frame? {
        guard case .label(let key) = dimension else { return nil }
        let name = profile.labelText(key, in: sample.labelSet) ?? "(no \(key))"
        let function = FrameTrie.Function(name: name, module: "", file: "", line: 0)
        return Frame(function: functions.index(of: function), isInlined: false, line: 0)
    }

    private mutating func add(_ values: [Int64], to key: RowKey) -> Int {
        guard let row = rowOfKey[key] else {
            rowOfKey[key] = rows.count
            rows.append(FrameTrie.Row(node: key.node, thread: key.thread, values: values))
            return rows.count - 1
        }
        for (index, value) in values.enumerated() where rows[row].values.indices.contains(index) {
            rows[row].values[index] = saturatingSum(rows[row].values[index], value)
        }
        return row
    }

    private mutating func frames(of location: Int) -> [Frame] {
        if let known = framesOfLocation[location] { return known }
        let frames = resolve(profile.locations[location])
        framesOfLocation[location] = frames
        return frames
    }

    private mutating func resolve(_ location: Profile.Location) -> [Frame] {
        let module = location.mapping.map { profile.mappings[$0].file } ?? ""
        func frame(_ name: String, file: String = "", start: Int = 0, line: Int = 0, isInlined: Bool = false) -> Frame {
            let function = FrameTrie.Function(name: name, module: module, file: file, line: max(start, 0))
            return Frame(function: functions.index(of: function), isInlined: isInlined, line: max(line, 0))
        }
        if dimension == .module { return [frame(module.isEmpty ? "[unknown]" : module.lastPathComponent)] }
        guard !location.lines.isEmpty else { return [frame(profile.unsymbolizedName(of: location))] }
        let outermost = location.lines.count - 1
        return location.lines.indices.reversed().map { index in
            let line = location.lines[index]
            let source = profile.functions[line.function]
            var name = source.name.isEmpty ? source.systemName : source.name
            if name.isEmpty { name = profile.unsymbolizedName(of: location) }
            // By line, each line of a function is a frame of its own.
            if dimension == .line, line.line > 0 { name += ":\(line.line)" }
            return frame(
                name, file: source.file, start: dimension == .line ? line.line : source.startLine, line: line.line,
                isInlined: index != outermost
            )
        }
    }

    private mutating func thread(of labelSet: Int) -> Int {
        if let known = threadOfLabelSet[labelSet] { return known }
        let index = threads.index(of: profile.thread(in: labelSet))
        threadOfLabelSet[labelSet] = index
        return index
    }

    /// The nodes renumbered depth first, the rows that refer to them, in node order, and where each row has gone.
    func depthFirst() -> ([FrameTrie.Node], [FrameTrie.Row], [Int32]) {
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
        let order = renumbered.indices.sorted {
            (renumbered[$0].node, renumbered[$0].thread) < (renumbered[$1].node, renumbered[$1].thread)
        }
        var newRows = Array(repeating: Int32(0), count: order.count)
        for (position, row) in order.enumerated() { newRows[row] = Int32(truncatingIfNeeded: position) }
        return (ordered, order.map { renumbered[$0] }, newRows)
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
