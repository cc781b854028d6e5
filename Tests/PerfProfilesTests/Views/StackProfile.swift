import PerfProfiles

/// Builds small profiles from stacks written as `root;caller;leaf`.
struct StackProfile {
    var profile = Profile()
    private var functions: [String: Int] = [:]

    init(types: [(String, String)] = [("samples", "count"), ("cpu", "nanoseconds")]) {
        profile.sampleTypes = types.map { Profile.ValueType(type: $0.0, unit: $0.1) }
        profile.mappings = [
            Profile.Mapping(start: 0x1000, limit: 0x9000, offset: 0x1000, file: "/opt/bin/app", buildID: "ab12")
        ]
    }

    /// Location of a function; `name@line` gives it a line.
    mutating func location(_ text: String) -> Int {
        if let known = functions[text] { return known }
        let parts = text.split(separator: "@", maxSplits: 1)
        let name = parts.first.map(String.init) ?? ""
        let line = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let function: Int
        if let known = profile.functions.firstIndex(where: { $0.name == name }) {
            function = known
        } else {
            function = profile.functions.count
            profile.functions.append(
                Profile.Function(name: name, systemName: "$s" + name, file: "/src/\(name).swift", startLine: 0))
        }
        profile.locations.append(
            Profile.Location(
                mapping: 0, address: 0x1000 + UInt64(profile.locations.count) * 16,
                lines: [Profile.Line(function: function, line: line)]
            ))
        functions[text] = profile.locations.count - 1
        return profile.locations.count - 1
    }

    mutating func add(_ stack: String, _ values: [Int64], labels: [Profile.Label] = []) {
        let locations = stack.split(separator: ";").map { location(String($0)) }
        var labelSet = 0
        if !labels.isEmpty {
            labelSet = profile.labelSets.firstIndex(of: labels) ?? profile.labelSets.count
            if labelSet == profile.labelSets.count { profile.labelSets.append(labels) }
        }
        profile.samples.append(Profile.Sample(locations: locations.reversed(), values: values, labelSet: labelSet))
    }

    /// A sample of 10 ms for each count.
    mutating func add(_ stack: String, _ count: Int64, labels: [Profile.Label] = []) {
        add(stack, [count, count * 10_000_000], labels: labels)
    }

    static func thread(_ name: String, _ id: Int64) -> [Profile.Label] {
        [
            Profile.Label(key: LabelKey.thread, value: .text(name)),
            Profile.Label(key: LabelKey.threadID, value: .number(id, unit: "")),
        ]
    }
}
