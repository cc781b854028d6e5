import Glibc
import PerfModel

/// The functions of the running kernel and its modules, from `/proc/kallsyms`.
package struct KernelSymbols: Sendable {
    package struct Symbol: Hashable, Sendable {
        package var name: String
        /// Empty for the kernel proper.
        package var module: String
        package var address: UInt64
    }

    private static let largestFile = 256 << 20
    /// No function of a kernel is larger: behind the last one of a module there is nothing.
    private static let largestFunction: UInt64 = 1 << 20

    private struct Entry {
        var address: UInt64
        var nameStart: Int
        var nameEnd: Int
        /// At one address the lowest wins: exported before local, few underscores before many.
        var rank: Int
    }

    private let text: [UInt8]
    private var entries: [Entry] = []

    package var count: Int { entries.count }

    /// Reads from the file at `path` what is needed to name the functions at `addresses`.
    ///
    /// The kernel writes the file anew for each reader, at some 400 ns a line: it is read as far as needed and once.
    ///
    /// - Returns: unavailable when it cannot be read or the kernel hides the addresses.
    package static func load(
        from path: String = "/proc/kallsyms", naming addresses: [UInt64]
    ) -> Availability<KernelSymbols> {
        switch contents(of: path, naming: addresses) {
        case .unavailable(let reason, let remedy): .unavailable(reason: reason, remedy: remedy)
        case .available(let text): parse(text)
        }
    }

    package static func parse(_ text: [UInt8]) -> Availability<KernelSymbols> {
        let symbols = KernelSymbols(text)
        if !symbols.entries.isEmpty { return .available(symbols) }
        guard text.starts(with: "0000000000000000 ".utf8) else {
            return .unavailable(reason: "the kernel lists no symbols (CONFIG_KALLSYMS)", remedy: nil)
        }
        return .unavailable(
            reason: "the kernel hides its addresses (kptr_restrict)",
            remedy: "run as root, or: sudo sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1"
        )
    }

    /// The function that holds the address.
    package func symbol(at address: UInt64) -> Symbol? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].address <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address - entries[low - 1].address < Self.largestFunction else { return nil }
        let entry = entries[low - 1]
        // name\t[module]
        let rest = text[entry.nameStart..<entry.nameEnd]
        let tab = rest.firstIndex(of: UInt8(ascii: "\t")) ?? rest.endIndex
        let module = rest[tab...].filter { $0 != UInt8(ascii: "\t") && $0 != 0x5B && $0 != 0x5D }
        return Symbol(
            name: String(decoding: rest[..<tab], as: UTF8.self),
            module: String(decoding: module, as: UTF8.self), address: entry.address
        )
    }

    private init(_ text: [UInt8]) {
        self.text = text
        var position = 0
        while position < text.count {
            let end = text[position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            if let entry = Self.entry(text, from: position, to: end) { entries.append(entry) }
            position = end + 1
        }
        entries.sort { ($0.address, $0.rank, $0.nameStart) < ($1.address, $1.rank, $1.nameStart) }
        var kept = 0
        for index in entries.indices where index == 0 || entries[index].address != entries[kept - 1].address {
            entries[kept] = entries[index]
            kept += 1
        }
        entries.removeLast(entries.count - kept)
    }

    /// `ffffffff81000000 T _text`; only code, and only where the address shows.
    private static func entry(_ text: [UInt8], from start: Int, to end: Int) -> Entry? {
        var address: UInt64 = 0
        var position = start
        while position < end, position - start < 16, let digit = HexadecimalDigit.value(text[position]) {
            address = address << 4 | UInt64(digit)
            position += 1
        }
        guard address != 0, position > start, position + 3 < end, text[position] == UInt8(ascii: " "),
            text[position + 2] == UInt8(ascii: " ")
        else { return nil }
        let type = text[position + 1]
        guard type | 0x20 == UInt8(ascii: "t") || type | 0x20 == UInt8(ascii: "w") else { return nil }
        let nameStart = position + 3
        let underscores = text[nameStart..<end].prefix { $0 == UInt8(ascii: "_") }.count
        return Entry(
            address: address, nameStart: nameStart, nameEnd: min(end, nameStart + 1024),
            rank: min(underscores, 64) + (type == UInt8(ascii: "T") ? 0 : 128)
        )
    }

    private static func contents(of path: String, naming addresses: [UInt64]) -> Availability<[UInt8]> {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return .unavailable(reason: "\(path) cannot be opened", remedy: "run as root")
        }
        defer { close(descriptor) }
        var filter = KernelSymbolFilter(addresses)
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        // The start of a line whose end is still to come.
        var kept = 0
        var total = 0
        while total < largestFile, !filter.isDone {
            // A line that fills the buffer is none.
            if kept == chunk.count { kept = 0 }
            // SAFETY: the buffer has room for the count that is passed, from `kept` on.
            let got = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress?.advanced(by: kept), buffer.count - kept)
            }
            if got < 0 && Glibc.errno == EINTR { continue }
            if got <= 0 { break }
            total += got
            let end = kept + got
            // SAFETY: the bytes are the chunk's own, and used during the call only.
            let start = unsafe chunk.withUnsafeBytes { bytes in
                unsafe filter.take(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            }
            kept = end - start
            for index in 0..<kept where start > 0 { chunk[index] = chunk[start + index] }
        }
        return .available(filter.text)
    }
}
