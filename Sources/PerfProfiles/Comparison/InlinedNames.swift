/// Which functions the recordings of a build know as inlined only, and in which functions.
struct InlinedNames {
    /// For functions that are nowhere but inlined, the functions that hold their code.
    private(set) var hosts: [String: Set<String>] = [:]
    /// Functions with code of their own.
    private(set) var outermost: Set<String> = []
    /// Functions with code of their own, in which others are inlined.
    private var holdsInlined: Set<String> = []

    init(_ profiles: [Profile]) {
        for profile in profiles { add(profile) }
        for name in outermost { hosts[name] = nil }
    }

    private mutating func add(_ profile: Profile) {
        for location in profile.locations {
            guard let last = location.lines.last else { continue }
            let host = profile.functions[last.function].name
            outermost.insert(host)
            for line in location.lines.dropLast() {
                hosts[profile.functions[line.function].name, default: []].insert(host)
                holdsInlined.insert(host)
            }
        }
    }

    /// Whether a function that another profile knows as inlined only cannot be seen in this one.
    ///
    /// That is so where the functions that hold its code are here without any inlined ones: a build without line
    /// information.
    func hides(_ name: String, of other: InlinedNames) -> Bool {
        guard let hosts = other.hosts[name] else { return false }
        let present = hosts.filter(outermost.contains)
        return !present.isEmpty && present.allSatisfy { !holdsInlined.contains($0) }
    }
}
