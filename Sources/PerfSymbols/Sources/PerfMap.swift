import PerfLinux
import PerfModel

/// The names that a just-in-time compiler wrote down for its code: `/tmp/perf-PID.map`.
///
/// One line for each function: start and size in hexadecimal, then the name. Compilers append and reuse addresses, so
/// later lines win. Lines that do not parse are skipped.
package struct PerfMap: Sendable {
    package static let largestFile: UInt64 = 64 << 20
    private static let longestName = 4096

    private struct Entry {
        var start: UInt64
        var end: UInt64
        var nameStart: Int
        var nameEnd: Int
    }

    private let text: [UInt8]
    /// Disjoint, by address; `end` and `start` are those of the piece.
    private var pieces: [Entry] = []

    package var isEmpty: Bool { pieces.isEmpty }

    /// Where a process with this id, in its own PID namespace, has its map, in its own root.
    package static func path(ofProcess namespacePID: Int32) -> String {
        "/tmp/perf-\(namespacePID).map"
    }

    /// Opens the map of a process; only the user who runs it may have written it.
    package static func file(
        ofProcess namespacePID: Int32, in root: RootDirectory, owner: UInt32
    ) -> Availability<OpenFile> {
        let path = path(ofProcess: namespacePID)
        do {
            let file = try root.file(at: path)
            guard file.status.owner == owner || file.status.owner == 0 else {
                return .unavailable(
                    reason: "\(path) belongs to user \(file.status.owner), not to the process's user \(owner)",
                    remedy: "remove \(path) and start the program again"
                )
            }
            return .available(file)
        } catch {
            return .unavailable(
                reason: error.summary, remedy: "start the program so that it writes a perf map: node --perf-basic-prof"
            )
        }
    }

    /// Parses at most ``largestFile`` bytes.
    package init(_ source: any ByteSource) {
        text = source.bytes(at: FileOffset(rawValue: 0), count: Int(min(source.byteCount, Self.largestFile)))
        var entries: [Entry] = []
        var position = 0
        while position < text.count {
            let end = text[position...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            if let entry = Self.entry(text, from: position, to: end) { entries.append(entry) }
            position = end + 1
        }
        pieces = Self.disjoint(entries)
    }

    /// The name of the function that holds the address.
    package func name(at address: UInt64) -> String? {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0, address < pieces[low - 1].end else { return nil }
        return String(decoding: text[pieces[low - 1].nameStart..<pieces[low - 1].nameEnd], as: UTF8.self)
    }

    private static func entry(_ text: [UInt8], from start: Int, to end: Int) -> Entry? {
        var position = start
        guard let address = hexadecimal(text, &position, end), position < end, text[position] == UInt8(ascii: " ")
        else { return nil }
        position += 1
        guard let size = hexadecimal(text, &position, end), position < end, text[position] == UInt8(ascii: " "),
            size > 0
        else { return nil }
        let (limit, overflow) = address.addingReportingOverflow(size)
        var nameEnd = min(end, position + 1 + longestName)
        if nameEnd > position + 1, text[nameEnd - 1] == UInt8(ascii: "\r") { nameEnd -= 1 }
        guard !overflow, nameEnd > position + 1 else { return nil }
        return Entry(start: address, end: limit, nameStart: position + 1, nameEnd: nameEnd)
    }

    private static func hexadecimal(_ text: [UInt8], _ position: inout Int, _ end: Int) -> UInt64? {
        if position + 1 < end, text[position] == UInt8(ascii: "0"), text[position + 1] | 0x20 == UInt8(ascii: "x") {
            position += 2
        }
        let start = position
        var value: UInt64 = 0
        while position < end, let digit = HexadecimalDigit.value(text[position]) {
            guard position - start < 16 else { return nil }
            value = value << 4 | UInt64(digit)
            position += 1
        }
        return position > start ? value : nil
    }

    /// Cuts overlapping entries so that at every address the last one in the file remains.
    private static func disjoint(_ entries: [Entry]) -> [Entry] {
        let byStart = entries.indices.sorted { entries[$0].start < entries[$1].start }
        var active = LatestFirst()
        var result: [Entry] = []
        var next = 0
        var position: UInt64 = 0
        while next < byStart.count || !active.isEmpty {
            if active.isEmpty { position = max(position, entries[byStart[next]].start) }
            while next < byStart.count, entries[byStart[next]].start <= position {
                active.insert(byStart[next])
                next += 1
            }
            guard let latest = active.latest else { continue }
            guard entries[latest].end > position else {
                active.removeLatest()
                continue
            }
            let limit = next < byStart.count ? entries[byStart[next]].start : .max
            var piece = entries[latest]
            piece.start = position
            piece.end = min(piece.end, limit)
            position = piece.end
            if let last = result.last, last.end == piece.start, last.nameStart == piece.nameStart {
                result[result.count - 1].end = piece.end
            } else {
                result.append(piece)
            }
        }
        return result
    }
}

/// A heap of line numbers with the greatest on top.
private struct LatestFirst {
    private var heap: [Int] = []

    var isEmpty: Bool { heap.isEmpty }
    var latest: Int? { heap.first }

    mutating func insert(_ value: Int) {
        heap.append(value)
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2] < heap[child] {
            heap.swapAt((child - 1) / 2, child)
            child = (child - 1) / 2
        }
    }

    mutating func removeLatest() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var largest = parent
            for child in [parent * 2 + 1, parent * 2 + 2] where child < heap.count && heap[child] > heap[largest] {
                largest = child
            }
            if largest == parent { return }
            heap.swapAt(parent, largest)
            parent = largest
        }
    }
}
