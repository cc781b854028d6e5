/// Picks the lines of `/proc/kallsyms` that name one of some addresses; the file has 100,000 others.
struct KernelSymbolFilter {
    /// What is known of an address: the lines of the symbols that start last at or before it.
    private struct Nearest {
        var address: UInt64 = 0
        var lines: [UInt8] = []
    }

    /// Sorted, each once.
    private let addresses: [UInt64]
    private var nearest: [Nearest]
    /// The last line's place in `addresses`, and the bounds within which the next one's is the same.
    private var slot = 0
    private var bounds: (above: UInt64, upTo: UInt64)
    private var firstLine: [UInt8]?
    private var first: UInt64?
    private var last: UInt64 = 0
    private var isAscending = true

    init(_ addresses: [UInt64]) {
        self.addresses = Array(Set(addresses)).sorted()
        nearest = Array(repeating: Nearest(), count: self.addresses.count)
        // Empty: the first line finds its own.
        bounds = (.max, 0)
    }

    /// Whether no further line can matter.
    ///
    /// The kernel proper comes first, in order of address; modules follow, on some machines at lower addresses.
    var isDone: Bool {
        guard let needed = addresses.last, let lowest = addresses.first, let first else { return addresses.isEmpty }
        return isAscending && last > needed && first <= lowest
    }

    /// Takes one line, without its end.
    mutating func take(_ line: Span<UInt8>) {
        if firstLine == nil { firstLine = Self.copy(line) }
        guard line.count > 19, line[16] == UInt8(ascii: " ") else { return }
        let type = line[17] | 0x20
        guard type == UInt8(ascii: "t") || type == UInt8(ascii: "w") else { return }
        var address: UInt64 = 0
        for index in 0..<16 {
            guard let digit = HexadecimalDigit.value(line[index]) else { return }
            address = address << 4 | UInt64(digit)
        }
        guard address != 0 else { return }
        if first == nil {
            first = address
            // Addresses show, which is worth knowing even if none is found.
            firstLine = Self.copy(line)
        }
        if address < last { isAscending = false }
        last = address
        if address <= bounds.above || address > bounds.upTo { find(address) }
        guard slot < addresses.count, address >= nearest[slot].address else { return }
        if address > nearest[slot].address {
            nearest[slot].address = address
            nearest[slot].lines.removeAll(keepingCapacity: true)
        }
        // Some addresses have names by the dozen; the one that people know comes early.
        guard nearest[slot].lines.count < 1 << 16 else { return }
        for index in 0..<min(line.count, 2048) { nearest[slot].lines.append(line[index]) }
        nearest[slot].lines.append(UInt8(ascii: "\n"))
    }

    /// The lines that matter.
    var text: [UInt8] {
        let found = nearest.flatMap(\.lines)
        return found.isEmpty ? (firstLine ?? []) : found
    }

    private mutating func find(_ address: UInt64) {
        var low = 0
        var high = addresses.count
        while low < high {
            let middle = (low + high) / 2
            if addresses[middle] < address { low = middle + 1 } else { high = middle }
        }
        slot = low
        bounds = (low > 0 ? addresses[low - 1] : 0, low < addresses.count ? addresses[low] : .max)
    }

    private static func copy(_ line: Span<UInt8>) -> [UInt8] {
        (0..<min(line.count, 2048)).map { line[$0] } + [UInt8(ascii: "\n")]
    }
}
