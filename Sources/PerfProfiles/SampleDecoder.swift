import PerfModel

/// Decodes samples, the bulk of a profile.
struct SampleDecoder {
    private let width: Int
    private let strings: [String]
    private let locationIDs: IDTable
    private let limitBytes: Int
    private var budgetBytes: Int
    private var count = 0
    private var labelSetIndex = SequenceIndex()
    /// The labels of each set but the empty one as the file has them.
    private var rawLabelSets: [[UInt64]] = []
    private(set) var labelSets: [[Profile.Label]] = [[]]
    // Reused, so that a sample costs two allocations and no more.
    private var locations: [Int] = []
    private var values: [Int64] = []
    /// Key, text, number and unit of each label, as the file has them.
    private var labels: [UInt64] = []

    /// - Parameters:
    ///   - width: number of sample types.
    ///   - strings: the string table.
    ///   - locationIDs: where the locations stand in the profile.
    ///   - budgetBytes: what the samples may take in memory.
    ///   - limitBytes: the limit to name when they take more.
    init(width: Int, strings: [String], locationIDs: IDTable, budgetBytes: Int, limitBytes: Int) {
        self.width = width
        self.strings = strings
        self.locationIDs = locationIDs
        self.budgetBytes = budgetBytes
        self.limitBytes = limitBytes
    }

    mutating func sample(in range: Range<Int>, of bytes: Span<UInt8>) throws(PprofError) -> Profile.Sample {
        locations.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        labels.removeAll(keepingCapacity: true)
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes) {
            switch (field.number, field.type) {
            case (PprofField.Sample.locationID, .lengthDelimited):
                var list = WireReader(field.range)
                while !list.isAtEnd {
                    try addLocation(list.varint(in: bytes))
                }
            case (PprofField.Sample.locationID, .varint):
                try addLocation(field.value)
            case (PprofField.Sample.value, .lengthDelimited):
                var list = WireReader(field.range)
                while !list.isAtEnd {
                    values.append(Int64(bitPattern: try list.varint(in: bytes)))
                }
            case (PprofField.Sample.value, .varint):
                values.append(Int64(bitPattern: field.value))
            case (PprofField.Sample.label, .lengthDelimited):
                try readLabel(field.range, bytes)
            default:
                break
            }
        }
        guard values.count == width else {
            throw PprofError(.inconsistent("sample \(count) has \(values.count) values for \(width) sample types"))
        }
        // Two arrays, with a header each.
        try spend((locations.isEmpty ? 0 : 32 + 8 * locations.count) + 32 + 8 * width)
        let sample = Profile.Sample(
            locations: Self.copy(locations), values: Self.copy(values), labelSet: try labelSet()
        )
        count += 1
        return sample
    }

    /// A copy without spare room; an assignment would share the reused array, and with it its room.
    private static func copy<Element>(_ source: [Element]) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(source.count)
        result.append(contentsOf: source)
        return result
    }

    private mutating func addLocation(_ id: UInt64) throws(PprofError) {
        guard let index = locationIDs[id] else {
            throw PprofError(.inconsistent("sample \(count) refers to the unknown location id \(id)"))
        }
        locations.append(index)
    }

    private mutating func readLabel(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(PprofError) {
        var key: UInt64 = 0
        var text: UInt64 = 0
        var number: UInt64 = 0
        var unit: UInt64 = 0
        var reader = WireReader(range)
        while let field = try reader.next(in: bytes) {
            guard field.type == .varint else { continue }
            switch field.number {
            case PprofField.Label.key: key = field.value
            case PprofField.Label.text: text = field.value
            case PprofField.Label.number: number = field.value
            case PprofField.Label.unit: unit = field.value
            default: break
            }
        }
        labels.append(key)
        labels.append(text)
        labels.append(number)
        labels.append(unit)
    }

    /// The index of the label set that was just read; a new one when it is.
    private mutating func labelSet() throws(PprofError) -> Int {
        if labels.isEmpty { return 0 }
        let hash = labelSetIndex.hash(labels, UInt64(labels.count))
        if let known = labelSetIndex.entry(hash, where: { rawLabelSets[$0] == labels }) { return known + 1 }
        var set: [Profile.Label] = []
        set.reserveCapacity(labels.count / 4)
        for start in stride(from: 0, to: labels.count, by: 4) {
            let key = try string(labels[start])
            // A label has a text or a number; the number 0 with a text is none.
            if labels[start + 1] != 0 {
                set.append(Profile.Label(key: key, value: .text(try string(labels[start + 1]))))
            } else {
                let number = Int64(bitPattern: labels[start + 2])
                set.append(Profile.Label(key: key, value: .number(number, unit: try string(labels[start + 3]))))
            }
        }
        // The set, its labels as the file has them, and the entries of both.
        try spend(MemoryLayout<Profile.Label>.stride * set.count + 8 * labels.count + 128)
        labelSetIndex.append(hash)
        rawLabelSets.append(labels)
        labelSets.append(set)
        return labelSets.count - 1
    }

    private func string(_ index: UInt64) throws(PprofError) -> String {
        guard index < UInt64(strings.count) else {
            throw PprofError(
                .inconsistent(
                    "a label of sample \(count) refers to string \(Int64(bitPattern: index)) of \(strings.count)"
                )
            )
        }
        return strings[Int(index)]
    }

    private mutating func spend(_ size: Int) throws(PprofError) {
        budgetBytes -= size
        guard budgetBytes >= 0 else {
            throw PprofError(.tooLarge(what: "its samples", limitBytes: limitBytes))
        }
    }
}
