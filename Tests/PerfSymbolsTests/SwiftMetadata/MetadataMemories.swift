import PerfModel
import Synchronization

/// Bytes that stand for a process's memory from one address on, and counts the reads.
final class BytesMemory: MemoryReader {
    let start: UInt64
    let bytes: [UInt8]
    private let counter = Mutex(0)

    init(start: UInt64, bytes: [UInt8]) {
        self.start = start
        self.bytes = bytes
    }

    var readCount: Int { counter.withLock { $0 } }

    func memory(at address: CodeAddress, count: Int) -> [UInt8] {
        counter.withLock { $0 += 1 }
        guard address.rawValue >= start, address.rawValue - start < UInt64(bytes.count) else { return [] }
        let offset = Int(address.rawValue - start)
        return Array(bytes[offset..<min(bytes.count, offset + count)])
    }
}

/// Remembers what was read of a process, so that it can be read again with changes.
final class RecordedMemory: MemoryReader {
    private let source: (any MemoryReader)?
    private let pieces: Mutex<[UInt64: [UInt8]]>

    init(source: any MemoryReader) {
        self.source = source
        pieces = Mutex([:])
    }

    private init(pieces: [UInt64: [UInt8]]) {
        source = nil
        self.pieces = Mutex(pieces)
    }

    func memory(at address: CodeAddress, count: Int) -> [UInt8] {
        let known = pieces.withLock { pieces in
            let page = address.rawValue & ~4095
            if let piece = pieces[address.rawValue], piece.count >= count { return Array(piece[..<count]) }
            if let piece = pieces[page], Int(address.rawValue - page) + count <= piece.count {
                return Array(piece[Int(address.rawValue - page)...].prefix(count))
            }
            return []
        }
        guard known.isEmpty, let source else { return known }
        let bytes = source.memory(at: address, count: count)
        pieces.withLock { $0[address.rawValue] = bytes }
        return bytes
    }

    /// The same with one word in so many changed: to noise, to a small number, or to another word.
    func mutated(oneIn rate: Int, using generator: inout SeededGenerator) -> RecordedMemory {
        var changed = pieces.withLock { $0 }
        for address in changed.keys.sorted() {
            guard var bytes = changed[address] else { continue }
            for word in 0..<bytes.count / 4 where Int.random(in: 0..<rate, using: &generator) == 0 {
                let offset = word * 4
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    for index in 0..<4 { bytes[offset + index] = UInt8.random(in: 0...255, using: &generator) }
                case 1: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
                case 2: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                default:
                    let other = Int.random(in: 0..<bytes.count / 4, using: &generator) * 4
                    for index in 0..<4 { bytes[offset + index] = bytes[other + index] }
                }
            }
            changed[address] = bytes
        }
        return RecordedMemory(pieces: changed)
    }
}
