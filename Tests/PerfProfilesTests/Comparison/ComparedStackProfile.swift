import PerfProfiles

/// Profiles of known stacks for comparisons: `"main;parse;decode"` with a number of samples of a millisecond each.
struct ComparedStackProfile {
    private(set) var profile = Profile()
    private var locations: [String: Int] = [:]

    init(_ stacks: [(String, Int)] = []) {
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"), Profile.ValueType(type: "cpu", unit: "nanoseconds"),
        ]
        profile.mappings = [
            Profile.Mapping(start: 0, limit: 1 << 40, offset: 0, file: "/srv/app", buildID: ""),
            Profile.Mapping(start: 0, limit: 0, offset: 0, file: "[kernel]", buildID: ""),
        ]
        profile.duration = 10_000_000_000
        for (stack, samples) in stacks { add(stack, samples) }
    }

    /// `"a+b"` is `b` inlined into `a`, `"k!f"` a function of the kernel.
    mutating func add(_ stack: String, _ samples: Int) {
        let frames = stack.split(separator: ";").reversed().map { location(String($0)) }
        profile.samples.append(
            Profile.Sample(locations: frames, values: [Int64(samples), Int64(samples) * 1_000_000], labelSet: 0))
    }

    private mutating func location(_ text: String) -> Int {
        if let known = locations[text] { return known }
        let isKernel = text.hasPrefix("k!")
        let lines = (isKernel ? String(text.dropFirst(2)) : text).split(separator: "+").reversed().map { name in
            profile.functions.append(
                Profile.Function(name: String(name), systemName: "", file: "/src/app.swift", startLine: 1))
            return Profile.Line(function: profile.functions.count - 1, line: 1)
        }
        profile.locations.append(
            Profile.Location(
                mapping: isKernel ? 1 : 0, address: UInt64(profile.locations.count) + 1, lines: lines))
        locations[text] = profile.locations.count - 1
        return profile.locations.count - 1
    }

    /// What recording `samples` samples of a program with these shares gives.
    static func recording(_ shares: [(String, Double)], samples: Int, random: inout ComparisonRandom) -> Profile {
        let total = shares.reduce(0) { $0 + $1.1 }
        var counts = [Int](repeating: 0, count: shares.count)
        for _ in 0..<samples {
            var rest = random.unit() * total
            let index = shares.firstIndex { share in
                rest -= share.1
                return rest < 0
            }
            counts[index ?? 0] += 1
        }
        return ComparedStackProfile(zip(shares, counts).map { ($0.0, $1) }).profile
    }
}

/// SplitMix64: the same numbers in every run.
struct ComparisonRandom {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}
