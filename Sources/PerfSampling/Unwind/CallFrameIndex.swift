/// Where the FDEs of a section are, sorted by the functions they cover; for sections without a search table.
struct CallFrameIndex: Sendable {
    private struct Item {
        var start: UInt64
        var position: UInt64
    }

    private var items: [Item] = []

    /// 16 bytes each; no program comes near.
    private static let mostItems = 2_000_000

    /// Reads through a section up to its end, its terminator or its first malformed entry.
    ///
    /// - Parameters:
    ///   - bytes: the section.
    ///   - address: its image address; 0 for `.debug_frame`, where nothing is relative.
    ///   - isDebugFrame: which of the two forms the entries have.
    ///   - architecture: of the image.
    init(
        _ bytes: [UInt8], address: UInt64, isDebugFrame: Bool, architecture: UnwindArchitecture = .x86_64
    ) {
        var commons: [UInt64: CallFrameCommon?] = [:]
        // A hostile section may have each FDE refer to another CIE, all overlapping.
        var commonBytesLeft = bytes.count + (1 << 20)
        var position: UInt64 = 0
        while items.count < Self.mostItems, let entry = Self.entry(at: position, in: bytes) {
            defer { position += UInt64(entry.count) }
            guard let parts = CallFrameEntry(entry, isDebugFrame: isDebugFrame) else { break }
            guard !parts.isCommon else { continue }
            let ciePosition =
                isDebugFrame ? parts.id : position &+ UInt64(parts.idPosition) &- parts.id
            if commons[ciePosition] == nil {
                let cieBytes = Self.entry(at: ciePosition, in: bytes) ?? []
                commonBytesLeft -= cieBytes.count + 64
                guard commonBytesLeft > 0 else { break }
                commons[ciePosition] = .some(
                    CallFrameCommon(
                        cieBytes, isDebugFrame: isDebugFrame, architecture: architecture))
            }
            guard case .some(.some(let cie)) = commons[ciePosition] else { continue }
            var cursor = parts.cursor
            let start = cursor.pointer(
                encoding: cie.pointerEncoding, address: address &+ position &+ UInt64(cursor.position))
            // Functions that the linker dropped stand at 0.
            guard !cursor.isBroken, start != 0 else { continue }
            items.append(Item(start: start, position: position))
        }
        items.sort { ($0.start, $0.position) < ($1.start, $1.position) }
    }

    /// Where functions start, ascending.
    var functionStarts: [UInt64] { items.map(\.start) }

    /// Offset of the last FDE that starts at or before an address.
    func position(of address: UInt64) -> UInt64? {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].start <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? items[low - 1].position : nil
    }

    /// An entry with its length field.
    static func entry(at position: UInt64, in bytes: [UInt8]) -> [UInt8]? {
        guard position < UInt64(bytes.count) else { return nil }
        let start = Int(position)
        let head = Array(bytes[start..<min(start + 12, bytes.count)])
        guard let count = CallFrameEntry.byteCount(head), count <= UInt64(CallFrameRecord.largestEntry),
            count <= UInt64(bytes.count - start)
        else { return nil }
        return Array(bytes[start..<start + Int(count)])
    }
}
