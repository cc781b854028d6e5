/// Turns locations into distinct frames and distinct stacks.
struct StackBuilder {
    private let profile: Profile
    private let dimension: Dimension
    private let root: Dimension?
    private var frames: [ProfileView.Frame] = []
    private var frameIndex: [ProfileView.Frame: Int] = [:]
    /// Frames of each location, root first; filled on first use.
    private var locationFrames: [[Int]?]
    private var labelFrames: [Dimension: [Int: Int]] = [:]
    private(set) var stacks: [[Int]] = []
    private var stackIndex: [[Int]: Int] = [:]
    /// Self values by line of functions whose declaration is unknown, to name the hottest line.
    private var lineValues: [LinePlace: Int64] = [:]

    private struct LinePlace: Hashable {
        var frame: Int
        var line: Int
    }

    init(_ profile: Profile, by dimension: Dimension, root: Dimension?) {
        self.profile = profile
        self.dimension = dimension
        self.root = root
        self.locationFrames = Array(repeating: nil, count: profile.locations.count)
    }

    /// Index of the stack that a group of samples has.
    mutating func stack(of group: GroupedSamples.Group) -> Int {
        var stack: [Int] = []
        if let root { stack.append(labelFrame(of: root, in: group.labelSet)) }
        if dimension.isLabel {
            stack.append(labelFrame(of: dimension, in: group.labelSet))
        } else {
            stack.reserveCapacity(stack.count + group.locations.count + 4)
            for location in group.locations.reversed() { append(location, to: &stack) }
            noteLines(of: group, leaf: stack.last)
        }
        if let known = stackIndex[stack] { return known }
        let index = stacks.count
        stackIndex[stack] = index
        stacks.append(stack)
        return index
    }

    /// The frames, each with a line where one is known.
    var finishedFrames: [ProfileView.Frame] {
        var result = frames
        var best: [Int: (line: Int, value: Int64)] = [:]
        for (place, value) in lineValues {
            let current = best[place.frame]
            if let current, (current.value, place.line) > (value, current.line) { continue }
            best[place.frame] = (place.line, value)
        }
        for (frame, choice) in best where result[frame].line == 0 { result[frame].line = choice.line }
        return result
    }

    private mutating func append(_ location: Int, to stack: inout [Int]) {
        let added: [Int]
        if let known = locationFrames[location] {
            added = known
        } else {
            added = makeFrames(of: profile.locations[location])
            locationFrames[location] = added
        }
        // Calls inside a module are of no interest by module: one frame stands for all in a row.
        if dimension == .module {
            for frame in added where stack.last != frame { stack.append(frame) }
        } else {
            stack += added
        }
    }

    private mutating func makeFrames(of location: Profile.Location) -> [Int] {
        let module = location.mapping.map { profile.mappings[$0].file } ?? ""
        if dimension == .module {
            let name = module.isEmpty ? "[unknown]" : module
            return [intern(ProfileView.Frame(kind: .module, name: name, module: module))]
        }
        guard !location.lines.isEmpty else {
            let name = profile.unsymbolizedName(of: location)
            return [intern(ProfileView.Frame(kind: .unsymbolized, name: name, module: module))]
        }
        return location.lines.reversed().map { line in
            let function = profile.functions[line.function]
            var name = function.name.isEmpty ? function.systemName : function.name
            if name.isEmpty { name = profile.unsymbolizedName(of: location) }
            return intern(
                ProfileView.Frame(
                    kind: .function, name: name, systemName: function.systemName, file: function.file,
                    line: dimension == .line ? line.line : function.startLine, module: module
                ))
        }
    }

    private mutating func noteLines(of group: GroupedSamples.Group, leaf: Int?) {
        guard dimension == .function, let leaf, frames[leaf].line == 0, let location = group.locations.first,
            let line = profile.locations[location].lines.first?.line, line > 0
        else { return }
        let place = LinePlace(frame: leaf, line: line)
        lineValues[place] = saturatingSum(lineValues[place] ?? 0, saturatingMagnitude(group.value))
    }

    private mutating func labelFrame(of dimension: Dimension, in labelSet: Int) -> Int {
        if let known = labelFrames[dimension]?[labelSet] { return known }
        let name = profile.labelText(dimension.name, in: labelSet) ?? "(no \(dimension.name))"
        let frame = intern(ProfileView.Frame(kind: .label, name: name))
        labelFrames[dimension, default: [:]][labelSet] = frame
        return frame
    }

    private mutating func intern(_ frame: ProfileView.Frame) -> Int {
        if let known = frameIndex[frame] { return known }
        let index = frames.count
        frameIndex[frame] = index
        frames.append(frame)
        return index
    }
}
