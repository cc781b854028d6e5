import Glibc

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
    /// Lines that are the nearest so far but not copied yet, for most are replaced by the next one.
    private var pending = 0..<0
    private var firstLine: [UInt8]?
    private var first: UInt64?
    private var last: UInt64 = 0
    private var isAscending = true

    /// Some addresses have names by the dozen; the one that people know comes early.
    private static let mostBytes = 1 << 16
    private static let newline = UInt8(ascii: "\n")

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

    /// The lines that matter.
    var text: [UInt8] {
        let found = nearest.flatMap(\.lines)
        return found.isEmpty ? (firstLine ?? []) : found
    }

    /// Takes the whole lines of a piece of the file, which begins with one; returns how many bytes they are.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        var start = 0
        // SAFETY: `start` is at most the count; memchr stays within the rest.
        while let base = bytes.baseAddress,
            let end = unsafe memchr(base + start, Int32(Self.newline), bytes.count - start)
        {
            let next = unsafe UnsafeRawPointer(end) - base + 1
            unsafe take(start..<next, of: bytes)
            start = next
        }
        unsafe keep(bytes)
        return start
    }

    private mutating func take(_ line: Range<Int>, of bytes: UnsafeRawBufferPointer) {
        if firstLine == nil { firstLine = unsafe Array(bytes[line].prefix(2048)) }
        // ffffffff81000000 T _text
        // SAFETY: the line has the bytes that are loaded here.
        guard line.count > 20, unsafe bytes[line.lowerBound + 16] == UInt8(ascii: " ") else { return }
        let type = unsafe bytes[line.lowerBound + 17] | 0x20
        guard type == UInt8(ascii: "t") || type == UInt8(ascii: "w") else { return }
        let high = unsafe bytes.loadUnaligned(fromByteOffset: line.lowerBound, as: UInt64.self)
        let low = unsafe bytes.loadUnaligned(fromByteOffset: line.lowerBound + 8, as: UInt64.self)
        let address = Self.number(UInt64(littleEndian: high)) << 32 | Self.number(UInt64(littleEndian: low))
        guard address != 0 else { return }
        if first == nil {
            first = address
            // Addresses show, which is worth knowing even if none is found.
            firstLine = unsafe Array(bytes[line].prefix(2048))
        }
        if address < last { isAscending = false }
        last = address
        if address <= bounds.above || address > bounds.upTo {
            unsafe keep(bytes)
            find(address)
        }
        guard slot < addresses.count, address >= nearest[slot].address else { return }
        if address > nearest[slot].address {
            nearest[slot].address = address
            nearest[slot].lines.removeAll(keepingCapacity: true)
            pending = line
        } else if pending.upperBound == line.lowerBound, !pending.isEmpty {
            pending = pending.lowerBound..<line.upperBound
        } else {
            unsafe keep(bytes)
            pending = line
        }
    }

    /// Copies the lines that are the nearest so far.
    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        guard !pending.isEmpty, slot < nearest.count else { return }
        if nearest[slot].lines.count < Self.mostBytes {
            // SAFETY: the range is of lines of these bytes.
            unsafe nearest[slot].lines += bytes[pending].prefix(Self.mostBytes)
            if nearest[slot].lines.last != Self.newline { nearest[slot].lines.append(Self.newline) }
        }
        pending = 0..<0
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

    /// Eight hexadecimal digits, the first one in the lowest byte; anything else gives some number.
    private static func number(_ digits: UInt64) -> UInt64 {
        let letters = (digits >> 6) & 0x0101_0101_0101_0101
        let values = (digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9
        let pairs = (values & 0x000F_000F_000F_000F) << 4 | (values >> 8) & 0x000F_000F_000F_000F
        return (pairs & 0xFF) << 24 | (pairs >> 16 & 0xFF) << 16 | (pairs >> 32 & 0xFF) << 8 | pairs >> 48 & 0xFF
    }
}
