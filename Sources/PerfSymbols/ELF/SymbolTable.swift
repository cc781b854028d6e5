import PerfModel

/// The functions of an image, sorted by address, for look-ups by binary search.
///
/// A symbol with a size ends where the table says: an address behind it belongs to no symbol, rather than to the
/// nearest one that happens to have survived `strip`. A symbol without a size (assembler) reaches to the next symbol
/// or to the end of its section.
package struct SymbolTable: Sendable {
    /// Disjoint and sorted: `starts[i]..<ends[i]` belongs to the name `names[i]` of `functions[i]`.
    private var starts: [UInt64] = []
    private var ends: [UInt64] = []
    private var entries: [SymbolEntry] = []
    private var strings: [[UInt8]] = []

    /// How many address ranges have a name.
    package var count: Int { starts.count }
    package var isEmpty: Bool { starts.isEmpty }

    /// Whether the image had a full table (`.symtab`), rather than only the names that it exports.
    package private(set) var isComplete = false

    /// Merges what several files know about one image: the image itself first, then its debug file.
    ///
    /// When none of them has a full table, the one in the image's `.gnu_debugdata` is added.
    package init(_ images: [ElfImage]) {
        guard let first = images.first else { return }
        var images = images
        let isFull = images.contains { image in
            image.sections.contains { $0.type == ElfImage.Section.symbolTable && $0.hasContents }
        }
        if !isFull, let mini = MiniDebugInfo.image(in: first) { images.append(mini) }
        let code = first.executableRanges
        var found: [SymbolEntry] = []
        for image in images {
            for source in SymbolSource.all(of: image) where strings.count < Int(UInt8.max) {
                if source.isComplete { isComplete = true }
                source.append(to: &found, table: UInt8(strings.count), code: code)
                strings.append(source.strings)
            }
        }
        Self.sort(&found)
        flatten(found)
    }

    /// The symbol that holds the address.
    ///
    /// - Complexity: O(log `count`); about 100 ns.
    package func symbol(containing address: ImageAddress) -> Symbol? {
        guard let index = index(containing: address.rawValue) else { return nil }
        let entry = entries[index]
        guard let name = name(of: entry) else { return nil }
        return Symbol(name: name, range: ImageAddress(rawValue: entry.start)..<ImageAddress(rawValue: entry.end))
    }

    /// Every symbol in order of address; a symbol that others interrupt comes once for each piece.
    package var symbols: some Sequence<Symbol> {
        starts.indices.lazy.compactMap { index in
            name(of: entries[index]).map { name in
                Symbol(
                    name: name,
                    range: ImageAddress(rawValue: starts[index])..<ImageAddress(rawValue: ends[index])
                )
            }
        }
    }

    private func index(containing address: UInt64) -> Int? {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < ends[low - 1] else { return nil }
        return low - 1
    }

    private func name(of entry: SymbolEntry) -> String? {
        guard let name = strings[Int(entry.table)].terminatedString(at: Int(entry.name)), !name.isEmpty else {
            return nil
        }
        // Static tables carry the version behind the name: memcpy@@GLIBC_2.14.
        guard let at = name.utf8.firstIndex(of: UInt8(ascii: "@")), at != name.startIndex else { return name }
        return String(name[..<at])
    }

    /// By address; at one address names with a size first, then by rank, then shorter names, so that the choice does
    /// not depend on the order in the file.
    private static func sort(_ found: inout [SymbolEntry]) {
        found.sort { left, right in
            if left.start != right.start { return left.start < right.start }
            if left.isUnsized != right.isUnsized { return right.isUnsized }
            if left.rank != right.rank { return left.rank < right.rank }
            if left.end != right.end { return left.end > right.end }
            if left.table != right.table { return left.table < right.table }
            return left.name < right.name
        }
    }

    /// Turns nested and overlapping symbols into disjoint ranges, each with the innermost symbol that covers it.
    private mutating func flatten(_ found: [SymbolEntry]) {
        starts.reserveCapacity(found.count)
        ends.reserveCapacity(found.count)
        entries.reserveCapacity(found.count)
        // Open symbols, outermost first, and the address up to which ranges have been written.
        var open: [SymbolEntry] = []
        var position: UInt64 = 0
        for entry in found {
            if let last = open.last, last.start == entry.start { continue }
            closeSymbols(&open, position: &position, before: entry.start)
            if let last = open.last {
                // A label inside a function is not a function of its own.
                if entry.isUnsized && !last.isUnsized { continue }
                if last.isUnsized { open.removeLast() }
            }
            open.append(entry)
            position = max(position, entry.start)
        }
        closeSymbols(&open, position: &position, before: .max)
    }

    private mutating func closeSymbols(_ open: inout [SymbolEntry], position: inout UInt64, before limit: UInt64) {
        while let last = open.last {
            let end = min(last.end, limit)
            if position < end {
                starts.append(position)
                ends.append(end)
                entries.append(last)
                position = end
            }
            if last.end > limit { return }
            open.removeLast()
        }
    }
}
