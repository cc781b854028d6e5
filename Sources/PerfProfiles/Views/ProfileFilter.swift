import PerfModel

/// Which samples a report is about.
package struct ProfileFilter: Hashable, Sendable {
    /// Keeps samples in which any frame's name, file or module matches.
    package var focus: NamePattern?
    /// Drops samples in which any frame's name, file or module matches.
    package var ignore: NamePattern?
    /// Keeps samples of threads whose name or thread id matches.
    package var thread: NamePattern?
    /// Keeps what was sampled in this part of the recording; needs a profile with a timeline.
    package var time: TimeWindow?

    /// Drops waits of somebody who has nothing to do.
    package var hidesIdle = false

    package init(
        focus: NamePattern? = nil, ignore: NamePattern? = nil, thread: NamePattern? = nil, time: TimeWindow? = nil
    ) {
        self.time = time
        self.focus = focus
        self.ignore = ignore
        self.thread = thread
    }

    package var isEmpty: Bool { focus == nil && ignore == nil && thread == nil && time == nil && !hidesIdle }

    /// As options of the command line: `["--focus 'json'", …]`.
    package var options: [String] {
        [("--focus", focus), ("--ignore", ignore), ("--thread", thread)].compactMap { name, pattern in
            pattern.map { "\(name) '\($0.text)'" }
        } + (time.map { ["--time \($0.text)"] } ?? [])
    }

    /// The profile with only the samples that pass; its other tables stay as they are.
    ///
    /// - Complexity: each name is matched once, then each frame of each sample is looked at once.
    package func applied(to profile: Profile) -> Profile {
        guard !isEmpty else { return profile }
        let focused = focus.map { Self.locations(of: profile, matching: $0) }
        let ignored = ignore.map { Self.locations(of: profile, matching: $0) }
        let threads = thread.map { Self.labelSets(of: profile, matching: $0) }
        let idle = profile.labelSets.indices.map { hidesIdle && profile.isIdle($0) }
        var result = time.map { profile.cut(to: $0) } ?? profile
        result.keepSamples { sample in
            if idle[sample.labelSet] { return false }
            if let threads, !threads[sample.labelSet] { return false }
            if let ignored, sample.locations.contains(where: { ignored[$0] }) { return false }
            if let focused, !sample.locations.contains(where: { focused[$0] }) { return false }
            return true
        }
        return result
    }

    /// For each location whether a frame of it matches.
    private static func locations(of profile: Profile, matching pattern: NamePattern) -> [Bool] {
        let matcher = pattern.matcher()
        var files: [String: Bool] = [:]
        func matches(file: String) -> Bool {
            guard !file.isEmpty else { return false }
            if let known = files[file] { return known }
            let result = matcher.matches(file)
            files[file] = result
            return result
        }
        let functions = profile.functions.map { matcher.matches($0.name) || matches(file: $0.file) }
        let mappings = profile.mappings.map { matches(file: $0.file) }
        return profile.locations.map { location in
            if let mapping = location.mapping, mappings[mapping] { return true }
            if location.lines.contains(where: { functions[$0.function] }) { return true }
            return location.lines.isEmpty && matcher.matches(profile.unsymbolizedName(of: location))
        }
    }

    /// For each set of labels whether its thread matches.
    private static func labelSets(of profile: Profile, matching pattern: NamePattern) -> [Bool] {
        let matcher = pattern.matcher()
        return profile.labelSets.indices.map { index in
            guard let thread = profile.thread(in: index) else { return false }
            if !thread.name.isEmpty, matcher.matches(thread.name) { return true }
            return thread.threadID.map { matcher.matches("\($0)") } ?? false
        }
    }
}

extension Profile {
    /// Whether a set of labels is that of a wait for work.
    package func isIdle(_ labelSet: Int) -> Bool {
        text(LabelKey.wait, in: labelSet) == WaitReason.idle.rawValue
    }

    /// What all waits for work amount to, in one value.
    package func idleTotal(ofValue index: Int) -> Int64 {
        samples.reduce(0) { sum, sample in
            guard isIdle(sample.labelSet), sample.values.indices.contains(index) else { return sum }
            return saturatingSum(sum, sample.values[index])
        }
    }

    /// What a frame without a symbol is called: the module and the offset in its file, else the address.
    package func unsymbolizedName(of location: Location) -> String {
        let address = location.address
        guard let index = location.mapping, !mappings[index].file.isEmpty else {
            return "0x" + String(address, radix: 16)
        }
        let mapping = mappings[index]
        let name = mapping.file.lastPathComponent
        // An address outside its mapping is an offset already, or nonsense: shown as it is.
        guard address >= mapping.start, mapping.limit == 0 || address < mapping.limit else {
            return "\(name)+0x" + String(address, radix: 16)
        }
        return "\(name)+0x" + String(address &- mapping.start &+ mapping.offset, radix: 16)
    }
}

extension String {
    /// The part after the last slash; the whole where that is empty.
    package var lastPathComponent: String {
        guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
        let tail = self[utf8.index(after: slash)...]
        return tail.isEmpty ? self : String(tail)
    }
}
