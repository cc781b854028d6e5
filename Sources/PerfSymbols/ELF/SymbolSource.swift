import PerfModel

/// One symbol table of a file: `.symtab`, `.dynsym`, or what the dynamic segment points to.
struct SymbolSource {
    private static let entrySize = 24

    private var table: [UInt8]
    let strings: [UInt8]
    /// Whether it is `.symtab`: all functions, not only the exported ones.
    let isComplete: Bool

    static func all(of image: ElfImage) -> [SymbolSource] {
        let found = [ElfImage.Section.symbolTable, ElfImage.Section.dynamicSymbols].compactMap { type in
            SymbolSource(sectionType: type, in: image)
        }
        if !found.isEmpty { return found }
        return DynamicSymbols.source(in: image).map { [$0] } ?? []
    }

    /// What the image exports and imports.
    static func exports(of image: ElfImage) -> SymbolSource? {
        SymbolSource(sectionType: ElfImage.Section.dynamicSymbols, in: image) ?? DynamicSymbols.source(in: image)
    }

    /// Addresses of functions that are defined here.
    func functions(_ names: Set<String>) -> [String: ImageAddress] {
        var result: [String: ImageAddress] = [:]
        let firsts = Set(names.compactMap(\.utf8.first))
        for base in stride(from: 0, to: table.count - Self.entrySize + 1, by: Self.entrySize) {
            let type = table[base + 4] & 15
            guard type == 2 || type == 10, let section = table.uint16(at: base + 6), section != 0,
                let offset = table.uint32(at: base), let first = strings.uint8(at: Int(offset)), firsts.contains(first),
                let address = table.uint64(at: base + 8), let name = strings.terminatedString(at: Int(offset)),
                names.contains(name)
            else { continue }
            result[name] = ImageAddress(rawValue: address)
        }
        return result
    }

    init(table: [UInt8], strings: [UInt8], isComplete: Bool) {
        self.table = table
        self.strings = strings
        self.isComplete = isComplete
    }

    private init?(sectionType type: UInt32, in image: ElfImage) {
        guard let section = image.sections.first(where: { $0.type == type }),
            image.sections.indices.contains(Int(section.link)), image.sections[Int(section.link)].type == 3
        else { return nil }
        let table = image.contents(of: section)
        let strings = image.contents(of: image.sections[Int(section.link)])
        guard table.count >= Self.entrySize, !strings.isEmpty else { return nil }
        self.init(table: table, strings: strings, isComplete: type == ElfImage.Section.symbolTable)
    }

    /// Appends the entries that name code.
    func append(to result: inout [SymbolEntry], table index: UInt8, code: [Range<ImageAddress>]) {
        result.reserveCapacity(result.count + table.count / Self.entrySize)
        // Tables are sorted more or less, so the range of the last symbol is nearly always that of the next.
        var range = code.first
        for base in stride(from: 0, to: table.count - Self.entrySize + 1, by: Self.entrySize) {
            let type = table[base + 4] & 15
            // Functions, indirect functions, and untyped labels: assembler has those.
            guard type == 2 || type == 10 || type == 0, let section = table.uint16(at: base + 6), section != 0,
                let name = table.uint32(at: base), Int(name) < strings.count,
                let start = table.uint64(at: base + 8), let size = table.uint64(at: base + 16)
            else { continue }
            let address = ImageAddress(rawValue: start)
            if range?.contains(address) != true { range = Self.range(containing: address, in: code) }
            guard let range, range.contains(address), let underscores = underscores(at: Int(name), isLabel: type == 0)
            else { continue }
            let (end, overflow) = start.addingReportingOverflow(size)
            let limit = range.upperBound.rawValue
            let binding = table[base + 4] >> 4
            result.append(
                SymbolEntry(
                    start: start, end: size == 0 || overflow ? limit : min(end, limit), name: name, table: index,
                    rank: SymbolEntry.rank(
                        isFunction: type != 0, isLocal: binding == 0, isWeak: binding == 2, underscores: underscores
                    ),
                    isUnsized: size == 0
                )
            )
        }
    }

    /// How many underscores a name starts with; nil for names that no person gave.
    private func underscores(at offset: Int, isLabel: Bool) -> Int? {
        let first = strings[offset]
        // Empty names; arm64's mapping symbols $x and $d, and local labels of assemblers.
        if first == 0 { return nil }
        if isLabel && (first == UInt8(ascii: "$") || first == UInt8(ascii: ".")) { return nil }
        var count = 0
        while count < 15, strings.uint8(at: offset + count) == UInt8(ascii: "_") { count += 1 }
        // _Z and _R are mangling, not modesty.
        let next = strings.uint8(at: offset + count)
        return count == 1 && (next == UInt8(ascii: "Z") || next == UInt8(ascii: "R")) ? 0 : count
    }

    private static func range(
        containing address: ImageAddress, in ranges: [Range<ImageAddress>]
    ) -> Range<ImageAddress>? {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= address { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(address) ? ranges[low] : nil
    }
}
