import PerfModel

/// Reads what `perf script` prints, with its default fields and those that people add: pid, period, srcline.
struct PerfScriptReader {
    private struct Event {
        var name: String
        var hasPeriod: Bool
    }

    private struct Entry {
        var time: Int64
        var sample: Int32
    }

    private var stacks: ImportedStacks
    private var events: [Event] = []
    private var eventIndices: [String: Int] = [:]
    private var locations: [[String]: Int] = [:]
    private var entries: [Entry] = []
    private var malformed = 0
    private var firstMalformed: String?
    /// Samples of more events than are told apart.
    private var surplus = 0

    /// Nobody records more kinds of events at once; each costs a value in every sample.
    private static let eventLimit = 8
    /// What the kernel gives at most by default is 127; sysctls allow more.
    private static let depthLimit = 4096

    init(limits: PprofLimits) {
        stacks = ImportedStacks(limits: limits)
    }

    mutating func profile(in bytes: [UInt8]) throws(PprofError) -> Profile {
        var lines = TextLines(bytes)
        var header: PerfScriptHeader?
        var frames: [ArraySlice<UInt8>] = []
        while let line = lines.next() {
            let isIndented = line.first == 0x20 || line.first == 0x09
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                try finish(&header, &frames)
            } else if line.first == UInt8(ascii: "#") {
                continue
            } else if header != nil, isIndented, !Self.isHeaderLike(line) {
                if frames.count < Self.depthLimit { frames.append(line) }
            } else if let next = PerfScriptHeader(line) {
                try finish(&header, &frames)
                header = next
            } else {
                noteMalformed(line)
            }
        }
        try finish(&header, &frames)
        return finished()
    }

    /// Short names of threads are indented to 16 columns in front of the thread id.
    private static func isHeaderLike(_ line: ArraySlice<UInt8>) -> Bool {
        PerfScriptFrame(line) == nil && PerfScriptHeader(line) != nil
    }

    private mutating func noteMalformed(_ line: ArraySlice<UInt8>) {
        malformed += 1
        if firstMalformed == nil { firstMalformed = String(decoding: line.prefix(200), as: UTF8.self) }
    }

    private mutating func finish(
        _ header: inout PerfScriptHeader?, _ frames: inout [ArraySlice<UInt8>]
    ) throws(PprofError) {
        guard let sample = header else { return }
        header = nil
        defer { frames.removeAll(keepingCapacity: true) }
        let name = String(decoding: sample.event, as: UTF8.self)
        let event: Int
        if let known = eventIndices[name] {
            event = known
        } else if events.count < Self.eventLimit {
            event = events.count
            eventIndices[name] = event
            events.append(Event(name: name, hasPeriod: sample.period != nil))
        } else {
            surplus += 1
            return
        }
        if sample.period == nil { events[event].hasPeriod = false }
        // Without callchains, perf prints the only frame behind the event.
        if frames.isEmpty, PerfScriptFrame(sample.rest) != nil { frames.append(sample.rest) }
        var values = [Int64](repeating: 0, count: 1 + Self.eventLimit)
        values[0] = 1
        values[1 + event] = sample.period ?? 1
        let index = try stacks.add(try stack(frames), labelSet: try labelSet(of: sample), values: values)
        try stacks.spend(MemoryLayout<Entry>.stride + 12)
        entries.append(Entry(time: sample.time, sample: Int32(truncatingIfNeeded: index)))
    }

    private mutating func labelSet(of sample: PerfScriptHeader) throws(PprofError) -> Int {
        let comm = String(decoding: sample.comm, as: UTF8.self)
        var labels = [
            Profile.Label(key: LabelKey.thread, value: .text(comm)),
            Profile.Label(key: LabelKey.threadID, value: .number(sample.threadID, unit: "")),
        ]
        if let process = sample.processID {
            labels.append(Profile.Label(key: LabelKey.processID, value: .number(process, unit: "")))
        }
        return try stacks.labelSet(labels)
    }

    /// Indices of the locations of a stack, leaf first as perf has it.
    private mutating func stack(_ lines: [ArraySlice<UInt8>]) throws(PprofError) -> [Int] {
        var result: [Int] = []
        var group: [String] = []
        var lastFrame: ArraySlice<UInt8>?
        for (position, line) in lines.enumerated() {
            guard let frame = PerfScriptFrame(line) else {
                // With srcline, a line below each frame has the place; without a frame above, it is nothing.
                if lastFrame == nil || Self.sourceLine(line) == nil { noteMalformed(line) }
                continue
            }
            lastFrame = line
            var text = String(decoding: line, as: UTF8.self)
            if position + 1 < lines.count, PerfScriptFrame(lines[position + 1]) == nil,
                Self.sourceLine(lines[position + 1]) != nil
            {
                text += "\n" + String(decoding: lines[position + 1], as: UTF8.self)
            }
            group.append(text)
            // An inlined function shares the location of the one that it was inlined into.
            if frame.isInlined, Self.nextAddress(lines, after: position) == frame.address { continue }
            result.append(try location(group))
            group.removeAll(keepingCapacity: true)
        }
        return result
    }

    private static func nextAddress(_ lines: [ArraySlice<UInt8>], after position: Int) -> UInt64? {
        for line in lines[(position + 1)...].prefix(2) {
            if let frame = PerfScriptFrame(line) { return frame.address }
        }
        return nil
    }

    private mutating func location(_ lines: [String]) throws(PprofError) -> Int {
        if let known = locations[lines] { return known }
        var location = Profile.Location(mapping: nil, address: 0, lines: [])
        for line in lines {
            let parts = line.split(separator: "\n", maxSplits: 1)
            guard let text = parts.first, let frame = PerfScriptFrame(Array(text.utf8)[...]) else { continue }
            location.address = frame.address
            if let image = frame.image { location.mapping = try stacks.mapping(image) }
            guard let symbol = frame.symbol else { continue }
            let source = parts.count > 1 ? Self.sourceLine(Array(parts[1].utf8)[...]) : nil
            location.lines.append(Profile.Line(function: try stacks.function(symbol), line: source?.line ?? 0))
        }
        try stacks.spend(lines.reduce(64) { $0 + $1.utf8.count + 32 })
        let index = try stacks.location(location)
        locations[lines] = index
        return index
    }

    /// `  file.c:12`.
    private static func sourceLine(_ line: ArraySlice<UInt8>) -> (file: String, line: Int)? {
        let text = String(decoding: line.drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self)
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let number = Int(text[text.index(after: colon)...].prefix { $0 != " " }), number >= 0
        else { return nil }
        return (String(text[..<colon]), number)
    }

    // MARK: The profile

    private mutating func finished() -> Profile {
        var profile = stacks.profile
        profile.sampleTypes = [Profile.ValueType(type: "samples", unit: "count")] + events.map(Self.valueType)
        for index in profile.samples.indices {
            profile.samples[index].values.removeLast(Self.eventLimit - events.count)
        }
        // Periods of one event only add up; of several, nobody but the user knows which matters.
        profile.defaultSampleType = profile.sampleTypes.count > 1 ? profile.sampleTypes[1].type : "samples"
        Self.moveProgramFirst(in: &profile)
        entries.sort { ($0.time, $0.sample) < ($1.time, $1.sample) }
        if let first = entries.first, let last = entries.last {
            var timeline = SampleTimeline(range: 0..<last.time - first.time + 1)
            timeline.reserveCapacity(entries.count)
            for entry in entries { timeline.append(time: entry.time - first.time, sample: entry.sample) }
            profile.timeline = timeline
            profile.duration = last.time - first.time
        }
        if let warning = ProfileReader.warning(
            malformedLines: malformed, first: firstMalformed, format: "the text of perf script")
        {
            profile.readingWarnings.append(warning)
        }
        if surplus > 0 {
            profile.readingWarnings.append(
                .init(
                    code: "too_many_events",
                    message: "\(surplus) samples were left out: only the first \(Self.eventLimit) kinds of events "
                        + "are read",
                    remedy: "print the others alone: perf script with a filter on the event"
                ))
        }
        return profile
    }

    /// The first mapping names what the profile is of: the first image that is a program, by the look of its name.
    private static func moveProgramFirst(in profile: inout Profile) {
        let program = profile.mappings.firstIndex { mapping in
            !mapping.file.hasPrefix("[") && !mapping.file.hasSuffix(".ko")
                && !mapping.file.lastPathComponent.split(separator: ".").dropFirst().contains("so")
        }
        guard let program, program > 0 else { return }
        profile.mappings.swapAt(0, program)
        for index in profile.locations.indices {
            switch profile.locations[index].mapping {
            case 0: profile.locations[index].mapping = program
            case program: profile.locations[index].mapping = 0
            default: break
            }
        }
    }

    /// Clocks count nanoseconds; everything else is counted by its own name.
    private static func valueType(_ event: Event) -> Profile.ValueType {
        let base = event.name.split(separator: ":").first.map(String.init) ?? event.name
        guard event.hasPeriod else { return Profile.ValueType(type: event.name, unit: "count") }
        return ["cpu-clock", "task-clock"].contains(base)
            ? Profile.ValueType(type: base == "cpu-clock" ? "cpu" : base, unit: "nanoseconds")
            : Profile.ValueType(type: event.name, unit: "count")
    }
}
