import PerfModel

/// Decodes the protobuf message of a profile.
///
/// The string table stands behind what refers to it, and ids may be defined after their use. So the message is walked
/// several times, each time for what the next walk needs; to skip a field costs next to nothing.
struct ProfileDecoder {
    private struct RawValueType {
        var type: UInt64 = 0
        var unit: UInt64 = 0
    }

    private struct Counts {
        var samples = 0
        var mappings = 0
        var locations = 0
        var functions = 0
    }

    private let bytes: [UInt8]
    private let limits: PprofLimits
    private var spentBytes = 0
    private var strings: [String] = []
    private var counts = Counts()
    private var profile = Profile()
    private var mappingIDs = IDTable(count: 0)
    private var functionIDs = IDTable(count: 0)
    private var locationIDs = IDTable(count: 0)
    private var extras: Range<Int>?

    init(_ bytes: [UInt8], limits: PprofLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func decode() throws(PprofError) -> Profile {
        try readStrings()
        guard let first = strings.first else {
            throw PprofError(.inconsistent("it has no string table"))
        }
        guard first.isEmpty else {
            let text = first.printable.prefix(40)
            throw PprofError(.inconsistent("the first string of its table is \"\(text)\", not empty"))
        }
        mappingIDs = IDTable(count: counts.mappings)
        functionIDs = IDTable(count: counts.functions)
        locationIDs = IDTable(count: counts.locations)
        try readHeader()
        guard !profile.sampleTypes.isEmpty else {
            throw PprofError(.inconsistent("it has no sample types"))
        }
        try readLocations()
        try readSamples()
        if let extras {
            ProfileExtras.read(bytes[extras], into: &profile)
        }
        return profile
    }

    // MARK: Walks

    private mutating func readStrings() throws(PprofError) {
        let bytes = self.bytes
        let span = bytes.span
        var reader = WireReader(0..<bytes.count)
        while let field = try reader.next(in: span) {
            guard field.type == .lengthDelimited else { continue }
            switch field.number {
            case PprofField.Profile.stringTable:
                // Short strings lie inside the String itself.
                try spend(field.range.count < 16 ? 16 : 48 + field.range.count)
                strings.append(String(decoding: bytes[field.range], as: UTF8.self))
            case PprofField.Profile.sample: counts.samples += 1
            case PprofField.Profile.mapping: counts.mappings += 1
            case PprofField.Profile.location: counts.locations += 1
            case PprofField.Profile.function: counts.functions += 1
            default: break
            }
        }
        try spend(counts.samples, of: MemoryLayout<Profile.Sample>.stride)
        try spend(counts.mappings, of: MemoryLayout<Profile.Mapping>.stride + 8)
        try spend(counts.locations, of: MemoryLayout<Profile.Location>.stride + 8)
        try spend(counts.functions, of: MemoryLayout<Profile.Function>.stride + 8)
    }

    private mutating func readHeader() throws(PprofError) {
        profile.mappings.reserveCapacity(counts.mappings)
        profile.functions.reserveCapacity(counts.functions)
        let bytes = self.bytes
        let span = bytes.span
        var periodType: RawValueType?
        var reader = WireReader(0..<bytes.count)
        while let field = try reader.next(in: span) {
            switch (field.number, field.type) {
            case (PprofField.Profile.sampleType, .lengthDelimited):
                var raw = RawValueType()
                try read(&raw, field.range)
                try spend(MemoryLayout<Profile.ValueType>.stride)
                profile.sampleTypes.append(try valueType(raw, "sample type \(profile.sampleTypes.count)"))
            case (PprofField.Profile.mapping, .lengthDelimited): try readMapping(field.range)
            case (PprofField.Profile.function, .lengthDelimited): try readFunction(field.range)
            case (PprofField.Profile.dropFrames, .varint):
                profile.dropFrames = try string(field.value, "drop_frames")
            case (PprofField.Profile.keepFrames, .varint):
                profile.keepFrames = try string(field.value, "keep_frames")
            case (PprofField.Profile.timeNanos, .varint): profile.startedAt = Int64(bitPattern: field.value)
            case (PprofField.Profile.durationNanos, .varint): profile.duration = Int64(bitPattern: field.value)
            case (PprofField.Profile.periodType, .lengthDelimited):
                // A message that occurs twice is merged, as protobuf has it.
                var raw = periodType ?? RawValueType()
                try read(&raw, field.range)
                periodType = raw
            case (PprofField.Profile.period, .varint): profile.period = Int64(bitPattern: field.value)
            case (PprofField.Profile.comment, .varint): try addComment(field.value)
            case (PprofField.Profile.comment, .lengthDelimited):
                var list = WireReader(field.range)
                while !list.isAtEnd {
                    try addComment(list.varint(in: span))
                }
            case (PprofField.Profile.defaultSampleType, .varint):
                profile.defaultSampleType = try string(field.value, "default_sample_type")
            case (PprofField.Profile.docURL, .varint):
                profile.documentationURL = try string(field.value, "doc_url")
            case (PprofField.Profile.extras, .lengthDelimited): extras = field.range
            default: break
            }
        }
        if let periodType { profile.periodType = try valueType(periodType, "period_type") }
    }

    private mutating func readLocations() throws(PprofError) {
        profile.locations.reserveCapacity(counts.locations)
        let bytes = self.bytes
        let span = bytes.span
        var reader = WireReader(0..<bytes.count)
        while let field = try reader.next(in: span) {
            guard field.number == PprofField.Profile.location, field.type == .lengthDelimited else { continue }
            try readLocation(field.range)
        }
    }

    private mutating func readSamples() throws(PprofError) {
        profile.samples.reserveCapacity(counts.samples)
        var samples = SampleDecoder(
            width: profile.sampleTypes.count, strings: strings, locationIDs: locationIDs,
            budgetBytes: limits.decodedBytes - spentBytes, limitBytes: limits.decodedBytes
        )
        let bytes = self.bytes
        let span = bytes.span
        var reader = WireReader(0..<bytes.count)
        while let field = try reader.next(in: span) {
            guard field.number == PprofField.Profile.sample, field.type == .lengthDelimited else { continue }
            profile.samples.append(try samples.sample(in: field.range, of: span))
        }
        profile.labelSets = samples.labelSets
    }

    // MARK: Messages

    private func read(_ raw: inout RawValueType, _ range: Range<Int>) throws(PprofError) {
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes.span) {
            switch (field.number, field.type) {
            case (PprofField.ValueType.type, .varint): raw.type = field.value
            case (PprofField.ValueType.unit, .varint): raw.unit = field.value
            default: break
            }
        }
    }

    private func valueType(
        _ raw: RawValueType, _ user: @autoclosure () -> String
    ) throws(PprofError) -> Profile.ValueType {
        Profile.ValueType(type: try string(raw.type, user()), unit: try string(raw.unit, user()))
    }

    private mutating func readMapping(_ range: Range<Int>) throws(PprofError) {
        let position = profile.mappings.count
        var mapping = Profile.Mapping(start: 0, limit: 0, offset: 0, file: "", buildID: "")
        var id: UInt64 = 0
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes.span) {
            guard field.type == .varint else { continue }
            switch field.number {
            case PprofField.Mapping.id: id = field.value
            case PprofField.Mapping.memoryStart: mapping.start = field.value
            case PprofField.Mapping.memoryLimit: mapping.limit = field.value
            case PprofField.Mapping.fileOffset: mapping.offset = field.value
            case PprofField.Mapping.filename: mapping.file = try string(field.value, "mapping \(position)")
            case PprofField.Mapping.buildID: mapping.buildID = try string(field.value, "mapping \(position)")
            case PprofField.Mapping.hasFunctions: mapping.resolved.set(.functions, to: field.value != 0)
            case PprofField.Mapping.hasFilenames: mapping.resolved.set(.files, to: field.value != 0)
            case PprofField.Mapping.hasLineNumbers: mapping.resolved.set(.lines, to: field.value != 0)
            case PprofField.Mapping.hasInlineFrames: mapping.resolved.set(.inlineFrames, to: field.value != 0)
            default: break
            }
        }
        try Self.register(id, position, "mapping", &mappingIDs)
        profile.mappings.append(mapping)
    }

    private mutating func readFunction(_ range: Range<Int>) throws(PprofError) {
        let position = profile.functions.count
        var function = Profile.Function(name: "", systemName: "", file: "", startLine: 0)
        var id: UInt64 = 0
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes.span) {
            guard field.type == .varint else { continue }
            switch field.number {
            case PprofField.Function.id: id = field.value
            case PprofField.Function.name: function.name = try string(field.value, "function \(position)")
            case PprofField.Function.systemName: function.systemName = try string(field.value, "function \(position)")
            case PprofField.Function.filename: function.file = try string(field.value, "function \(position)")
            case PprofField.Function.startLine: function.startLine = Int(truncatingIfNeeded: field.value)
            default: break
            }
        }
        try Self.register(id, position, "function", &functionIDs)
        profile.functions.append(function)
    }

    private mutating func readLocation(_ range: Range<Int>) throws(PprofError) {
        let position = profile.locations.count
        var location = Profile.Location(mapping: nil, address: 0, lines: [])
        var id: UInt64 = 0
        var mappingID: UInt64 = 0
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes.span) {
            switch (field.number, field.type) {
            case (PprofField.Location.id, .varint): id = field.value
            case (PprofField.Location.mappingID, .varint): mappingID = field.value
            case (PprofField.Location.address, .varint): location.address = field.value
            case (PprofField.Location.isFolded, .varint): location.isFolded = field.value != 0
            case (PprofField.Location.line, .lengthDelimited):
                guard let line = try line(field.range, ofLocation: position) else { continue }
                try spend(MemoryLayout<Profile.Line>.stride + (location.lines.isEmpty ? 32 : 0))
                location.lines.append(line)
            default: break
            }
        }
        if mappingID != 0 {
            guard let mapping = mappingIDs[mappingID] else {
                throw PprofError(.inconsistent("location \(position) refers to the unknown mapping id \(mappingID)"))
            }
            location.mapping = mapping
        }
        try Self.register(id, position, "location", &locationIDs)
        profile.locations.append(location)
    }

    /// - Returns: nil for a line without a function, which names nothing.
    private func line(_ range: Range<Int>, ofLocation position: Int) throws(PprofError) -> Profile.Line? {
        var functionID: UInt64 = 0
        var line = Profile.Line(function: 0, line: 0)
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes.span) {
            guard field.type == .varint else { continue }
            switch field.number {
            case PprofField.Line.functionID: functionID = field.value
            case PprofField.Line.line: line.line = Int(truncatingIfNeeded: field.value)
            case PprofField.Line.column: line.column = Int(truncatingIfNeeded: field.value)
            default: break
            }
        }
        guard functionID != 0 else { return nil }
        guard let function = functionIDs[functionID] else {
            throw PprofError(.inconsistent("location \(position) refers to the unknown function id \(functionID)"))
        }
        line.function = function
        return line
    }

    private mutating func addComment(_ index: UInt64) throws(PprofError) {
        try spend(MemoryLayout<String>.stride)
        profile.comments.append(try string(index, "comment"))
    }

    // MARK: Checks

    /// Static, because `self` would be copied while its table is changed.
    private static func register(
        _ id: UInt64, _ position: Int, _ kind: String, _ table: inout IDTable
    ) throws(PprofError) {
        guard id != 0 else { throw PprofError(.inconsistent("\(kind) \(position) has the reserved id 0")) }
        guard table.insert(id, position) else {
            throw PprofError(.inconsistent("two \(kind)s have the id \(id)"))
        }
    }

    private func string(_ index: UInt64, _ user: @autoclosure () -> String) throws(PprofError) -> String {
        guard index < UInt64(strings.count) else {
            throw PprofError(
                .inconsistent("\(user()) refers to string \(Int64(bitPattern: index)) of \(strings.count)")
            )
        }
        return strings[Int(index)]
    }

    private mutating func spend(_ count: Int, of size: Int) throws(PprofError) {
        // Neither factor exceeds 2^31: a count is at most half of the input's bytes.
        try spend(count * size)
    }

    private mutating func spend(_ size: Int) throws(PprofError) {
        spentBytes += size
        guard spentBytes <= limits.decodedBytes else {
            throw PprofError(.tooLarge(what: "its contents", limitBytes: limits.decodedBytes))
        }
    }
}

extension Profile.Resolution {
    fileprivate mutating func set(_ part: Profile.Resolution, to isSet: Bool) {
        if isSet { insert(part) } else { remove(part) }
    }
}
