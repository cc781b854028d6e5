/// Reads folded stacks: lines `root;…;leaf value`, as the stackcollapse scripts and many profilers write them.
struct FoldedStacksReader {
    private var stacks: ImportedStacks
    private var locations: [String: Int] = [:]

    /// Longer lines are no stacks: the deepest that kernels give have 1024 frames or fewer.
    private static let longestLine = 4 << 20

    init(limits: PprofLimits) {
        stacks = ImportedStacks(limits: limits)
    }

    mutating func profile(in bytes: [UInt8]) throws(PprofError) -> Profile {
        var lines = TextLines(bytes)
        var (malformed, first) = (0, String?.none)
        while let line = lines.next() {
            guard !line.isEmpty, line.first != UInt8(ascii: "#") else { continue }
            guard let (stack, value) = Self.split(line) else {
                malformed += 1
                if first == nil { first = String(decoding: line.prefix(200), as: UTF8.self) }
                continue
            }
            var indices: [Int] = []
            for name in stack.split(separator: UInt8(ascii: ";")).reversed() {
                indices.append(try location(String(decoding: name, as: UTF8.self)))
            }
            _ = try stacks.add(indices, labelSet: 0, values: [value])
        }
        var profile = stacks.profile
        // The text does not say what was counted; to call it samples would promise an error that may be wrong.
        profile.sampleTypes = [Profile.ValueType(type: "value", unit: "count")]
        if let warning = ProfileReader.warning(malformedLines: malformed, first: first, format: "folded stacks") {
            profile.readingWarnings.append(warning)
        }
        return profile
    }

    /// The stack and the value of a line; nil when it is not of this kind.
    static func split(_ line: ArraySlice<UInt8>) -> (stack: ArraySlice<UInt8>, value: Int64)? {
        guard line.count <= longestLine else { return nil }
        let text = line[..<((line.lastIndex { $0 != 0x20 && $0 != 0x09 } ?? line.startIndex - 1) + 1)]
        guard let space = text.lastIndex(where: { $0 == 0x20 || $0 == 0x09 }) else { return nil }
        let stack = text[..<((text[..<space].lastIndex { $0 != 0x20 && $0 != 0x09 } ?? text.startIndex - 1) + 1)]
        guard !stack.isEmpty, let value = value(text[(space + 1)...]) else { return nil }
        return (stack, value)
    }

    /// A whole number, or one with a fraction, which some tools write; that is rounded.
    private static func value(_ digits: ArraySlice<UInt8>) -> Int64? {
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, !whole.isEmpty,
            let number = Int64(String(decoding: whole, as: UTF8.self)), whole.first != UInt8(ascii: "+")
        else { return nil }
        guard parts.count == 2 else { return number }
        guard !parts[1].isEmpty, parts[1].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let isUp = (parts[1].first ?? 0) >= UInt8(ascii: "5")
        return isUp ? saturatingSum(number, whole.first == UInt8(ascii: "-") ? -1 : 1) : number
    }

    /// `_[k]` marks a kernel function, `_[j]` and `_[i]` compiled and inlined ones, as stackcollapse has it.
    private mutating func location(_ text: String) throws(PprofError) -> Int {
        if let known = locations[text] { return known }
        var name = text
        var mapping: Int?
        if text.hasSuffix("_[k]") { mapping = try stacks.mapping("[kernel]") }
        if ["_[k]", "_[i]", "_[j]"].contains(where: text.hasSuffix), text.utf8.count > 4 { name.removeLast(4) }
        let function = try stacks.function(name)
        try stacks.spend(2 * text.utf8.count + 64)
        let location = try stacks.location(
            Profile.Location(mapping: mapping, address: 0, lines: [Profile.Line(function: function, line: 0)]))
        locations[text] = location
        return location
    }
}
