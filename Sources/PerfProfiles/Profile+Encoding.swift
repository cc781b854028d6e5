import FoundationEssentials
import PerfModel

extension Profile {
    /// This profile as the bytes of a `.pb.gz` file.
    ///
    /// Samples with the same stack and labels become one. A profile with `extras` is one of perfdoctor's own, whose
    /// addresses were looked up when it was recorded: its mappings are marked so, lest pprof does it again on a
    /// machine with other files. A text label without text is left out, as pprof cannot tell it from the number 0.
    ///
    /// The same profile always gives the same bytes.
    ///
    /// - Throws: `.notEncodable` when an index leads nowhere or a sample has too few values.
    package func encoded() throws(PprofError) -> [UInt8] {
        try Gzip.compress(encodedWithoutCompression())
    }

    func encodedWithoutCompression() throws(PprofError) -> [UInt8] {
        var encoder = ProfileEncoder(self)
        return try encoder.encode()
    }
}

/// The extension of another tool's recording, of which nothing but the times is known.
private struct TimelineAlone: Encodable {
    let version = ProfileExtras.currentVersion
    var timeline: EncodedTimeline
}

private struct ProfileEncoder {
    private let profile: Profile
    private var out = WireWriter()
    private var strings: [String] = [""]
    private var stringIndices: [String: Int] = ["": 0]
    /// Where each of the profile's samples stands in the file; only what a timeline needs.
    private var samplePositions: [Int] = []

    init(_ profile: Profile) {
        self.profile = profile
    }

    mutating func encode() throws(PprofError) -> [UInt8] {
        for type in profile.sampleTypes {
            encode(type, as: PprofField.Profile.sampleType)
        }
        try encodeSamples()
        encodeMappings()
        try encodeLocations()
        encodeFunctions()
        try encodeHeader()
        // At the end, when all strings are known; the order of fields has no meaning in protobuf.
        for string in strings {
            out.field(PprofField.Profile.stringTable, string.utf8)
        }
        return out.bytes
    }

    private mutating func index(of string: String) -> Int64 {
        if let known = stringIndices[string] { return Int64(known) }
        stringIndices[string] = strings.count
        strings.append(string)
        return Int64(strings.count - 1)
    }

    private mutating func encode(_ type: Profile.ValueType, as field: Int) {
        let (name, unit) = (index(of: type.type), index(of: type.unit))
        let start = out.begin(field)
        out.field(PprofField.ValueType.type, name)
        out.field(PprofField.ValueType.unit, unit)
        out.end(start)
    }

    private mutating func encodeSamples() throws(PprofError) {
        let width = profile.sampleTypes.count
        let samples = profile.samples
        // Of every distinct stack the first sample, and the sums of all.
        var first: [Int] = []
        var sums: [Int64] = []
        var index = SequenceIndex()
        let labelSets = distinctLabelSets()
        for (number, sample) in samples.enumerated() {
            guard sample.values.count == width else {
                throw inconsistent("sample \(number) has \(sample.values.count) values for \(width) sample types")
            }
            guard labelSets.indices.contains(sample.labelSet) else {
                throw inconsistent("sample \(number) refers to label set \(sample.labelSet)")
            }
            let labels = labelSets[sample.labelSet]
            let hash = index.hash(sample.locations.lazy.map { UInt64(truncatingIfNeeded: $0) }, UInt64(labels))
            let known = index.entry(hash) { entry in
                let other = samples[first[entry]]
                return labelSets[other.labelSet] == labels && other.locations == sample.locations
            }
            guard let known else {
                if profile.timeline != nil { samplePositions.append(first.count) }
                index.append(hash)
                first.append(number)
                sums.append(contentsOf: sample.values)
                continue
            }
            if profile.timeline != nil { samplePositions.append(known) }
            for offset in 0..<width {
                let position = known * width + offset
                let (sum, overflow) = sums[position].addingReportingOverflow(sample.values[offset])
                // Both have the same sign when they overflow.
                sums[position] = overflow ? (sample.values[offset] < 0 ? .min : .max) : sum
            }
        }
        // Encoded when first used: what no sample has is not written, and the order depends on the samples alone.
        var encodedLabels = [[UInt8]?](repeating: nil, count: profile.labelSets.count)
        let locationCount = profile.locations.count
        for (position, number) in first.enumerated() {
            let sample = samples[number]
            let start = out.begin(PprofField.Profile.sample)
            if !sample.locations.isEmpty {
                let list = out.begin(PprofField.Sample.locationID)
                for location in sample.locations {
                    guard location >= 0, location < locationCount else {
                        throw inconsistent("a sample refers to location \(location) of \(locationCount)")
                    }
                    out.varint(UInt64(location) + 1)
                }
                out.end(list)
            }
            let list = out.begin(PprofField.Sample.value)
            for value in sums[position * width..<(position + 1) * width] {
                out.varint(value)
            }
            out.end(list)
            let labels = encodedLabels[sample.labelSet] ?? encoded(profile.labelSets[sample.labelSet])
            encodedLabels[sample.labelSet] = labels
            out.append(labels)
            out.end(start)
        }
    }

    /// For every label set the first one that equals it: sets may repeat.
    private func distinctLabelSets() -> [Int] {
        var first: [[Profile.Label]: Int] = [:]
        return profile.labelSets.enumerated().map { index, labels in
            if let known = first[labels] { return known }
            first[labels] = index
            return index
        }
    }

    private mutating func encoded(_ labels: [Profile.Label]) -> [UInt8] {
        var result = WireWriter()
        for label in labels {
            let key = index(of: label.key)
            switch label.value {
            case .text(let text):
                guard !text.isEmpty else { continue }
                let text = index(of: text)
                let start = result.begin(PprofField.Sample.label)
                result.field(PprofField.Label.key, key)
                result.field(PprofField.Label.text, text)
                result.end(start)
            case .number(let number, let unit):
                let unit = index(of: unit)
                let start = result.begin(PprofField.Sample.label)
                result.field(PprofField.Label.key, key)
                result.field(PprofField.Label.number, number)
                result.field(PprofField.Label.unit, unit)
                result.end(start)
            }
        }
        return result.bytes
    }

    private mutating func encodeMappings() {
        let resolved = profile.extras == nil ? profile.mappings.map(\.resolved) : resolutions()
        for (position, mapping) in profile.mappings.enumerated() {
            let (file, buildID) = (index(of: mapping.file), index(of: mapping.buildID))
            let start = out.begin(PprofField.Profile.mapping)
            out.field(PprofField.Mapping.id, UInt64(position) + 1)
            out.field(PprofField.Mapping.memoryStart, mapping.start)
            out.field(PprofField.Mapping.memoryLimit, mapping.limit)
            out.field(PprofField.Mapping.fileOffset, mapping.offset)
            out.field(PprofField.Mapping.filename, file)
            out.field(PprofField.Mapping.buildID, buildID)
            out.field(PprofField.Mapping.hasFunctions, resolved[position].contains(.functions))
            out.field(PprofField.Mapping.hasFilenames, resolved[position].contains(.files))
            out.field(PprofField.Mapping.hasLineNumbers, resolved[position].contains(.lines))
            out.field(PprofField.Mapping.hasInlineFrames, resolved[position].contains(.inlineFrames))
            out.end(start)
        }
    }

    /// What the locations of every mapping have, beside what the mapping says itself.
    private func resolutions() -> [Profile.Resolution] {
        var result = profile.mappings.map(\.resolved)
        for location in profile.locations {
            guard let mapping = location.mapping, result.indices.contains(mapping) else { continue }
            if !location.lines.isEmpty { result[mapping].insert(.functions) }
            if location.lines.count > 1 { result[mapping].insert(.inlineFrames) }
            for line in location.lines {
                if line.line > 0 { result[mapping].insert(.lines) }
                guard profile.functions.indices.contains(line.function) else { continue }
                if !profile.functions[line.function].file.isEmpty { result[mapping].insert(.files) }
            }
        }
        return result
    }

    private mutating func encodeLocations() throws(PprofError) {
        for (position, location) in profile.locations.enumerated() {
            let start = out.begin(PprofField.Profile.location)
            out.field(PprofField.Location.id, UInt64(position) + 1)
            if let mapping = location.mapping {
                guard profile.mappings.indices.contains(mapping) else {
                    throw inconsistent("location \(position) refers to mapping \(mapping)")
                }
                out.field(PprofField.Location.mappingID, UInt64(mapping) + 1)
            }
            out.field(PprofField.Location.address, location.address)
            for line in location.lines {
                guard profile.functions.indices.contains(line.function) else {
                    throw inconsistent("location \(position) refers to function \(line.function)")
                }
                let lineStart = out.begin(PprofField.Location.line)
                out.field(PprofField.Line.functionID, UInt64(line.function) + 1)
                out.field(PprofField.Line.line, Int64(line.line))
                out.field(PprofField.Line.column, Int64(line.column))
                out.end(lineStart)
            }
            out.field(PprofField.Location.isFolded, location.isFolded)
            out.end(start)
        }
    }

    private mutating func encodeFunctions() {
        for (position, function) in profile.functions.enumerated() {
            let (name, systemName) = (index(of: function.name), index(of: function.systemName))
            let file = index(of: function.file)
            let start = out.begin(PprofField.Profile.function)
            out.field(PprofField.Function.id, UInt64(position) + 1)
            out.field(PprofField.Function.name, name)
            out.field(PprofField.Function.systemName, systemName)
            out.field(PprofField.Function.filename, file)
            out.field(PprofField.Function.startLine, Int64(function.startLine))
            out.end(start)
        }
    }

    private mutating func encodeHeader() throws(PprofError) {
        out.field(PprofField.Profile.dropFrames, index(of: profile.dropFrames))
        out.field(PprofField.Profile.keepFrames, index(of: profile.keepFrames))
        out.field(PprofField.Profile.timeNanos, profile.startedAt)
        out.field(PprofField.Profile.durationNanos, profile.duration)
        if let type = profile.periodType { encode(type, as: PprofField.Profile.periodType) }
        out.field(PprofField.Profile.period, profile.period)
        if !profile.comments.isEmpty {
            let list = out.begin(PprofField.Profile.comment)
            for comment in profile.comments {
                let text = index(of: comment)
                out.varint(text)
            }
            out.end(list)
        }
        out.field(PprofField.Profile.defaultSampleType, index(of: profile.defaultSampleType))
        out.field(PprofField.Profile.docURL, index(of: profile.documentationURL))
        var timeline: EncodedTimeline?
        if let times = profile.timeline { timeline = try EncodedTimeline(times, positions: samplePositions) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            if var extras = profile.extras {
                extras.timeline = timeline
                out.field(PprofField.Profile.extras, Array(try encoder.encode(extras)))
            } else if let timeline {
                out.field(PprofField.Profile.extras, Array(try encoder.encode(TimelineAlone(timeline: timeline))))
            }
        } catch {
            throw inconsistent("its extras do not fit JSON: \(error)")
        }
    }

    private func inconsistent(_ what: String) -> PprofError {
        PprofError(.notEncodable(what))
    }
}
