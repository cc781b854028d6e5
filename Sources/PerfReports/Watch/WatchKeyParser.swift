/// Turns what a terminal sends into keys; sequences may arrive in pieces.
///
/// Source: ECMA-48, and xterm's control sequences for cursor and editing keys.
package struct WatchKeyParser: Sendable {
    private var pending: [UInt8] = []

    /// A sequence is no longer: what goes on is none of ours.
    private static let longest = 32
    private static let escape: UInt8 = 0x1B

    package init() {}

    /// Whether the bytes so far may be the begin of a sequence, or the escape key alone.
    package var isWaiting: Bool { !pending.isEmpty }

    /// The keys that are complete now.
    package mutating func keys(from bytes: [UInt8]) -> [WatchKey] {
        pending += bytes
        var keys: [WatchKey] = []
        var index = 0
        while index < pending.count, let (key, length) = Self.key(in: pending[index...]) {
            if let key { keys.append(key) }
            index += length
        }
        pending.removeFirst(index)
        return keys
    }

    /// What waits, when nothing more comes: the escape key, most of the time.
    package mutating func rest() -> [WatchKey] {
        guard let first = pending.first else { return [] }
        let count = pending.count
        pending = []
        if first == Self.escape { return count == 1 ? [.escape] : [.escape, .unknown] }
        return [.unknown]
    }

    /// The first key and how many bytes it takes; nil while it is not complete.
    private static func key(in bytes: ArraySlice<UInt8>) -> (WatchKey?, Int)? {
        guard let first = bytes.first else { return nil }
        switch first {
        case escape: return sequence(in: bytes)
        case 0x03: return (.interrupt, 1)
        case 0x0A, 0x0D: return (.enter, 1)
        case 0x0C: return (.redraw, 1)
        case 0x1A: return (.suspend, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0..<0x20: return (.unknown, 1)
        case ..<0x80: return (.character(Character(Unicode.Scalar(first))), 1)
        default: return character(in: bytes)
        }
    }

    /// A character of several bytes; what is no UTF-8 is no key.
    private static func character(in bytes: ArraySlice<UInt8>) -> (WatchKey?, Int)? {
        let length: Int
        switch bytes[bytes.startIndex] {
        case 0xC2..<0xE0: length = 2
        case 0xE0..<0xF0: length = 3
        case 0xF0..<0xF5: length = 4
        default: return (.unknown, 1)
        }
        let part = bytes.prefix(length)
        guard part.dropFirst().allSatisfy({ 0x80..<0xC0 ~= $0 }) else { return (.unknown, 1) }
        guard part.count == length else { return nil }
        let text = String(decoding: part, as: UTF8.self)
        guard text.count == 1, let character = text.first, character != "\u{FFFD}" else { return (.unknown, length) }
        return (.character(character), length)
    }

    private static func sequence(in bytes: ArraySlice<UInt8>) -> (WatchKey?, Int)? {
        let start = bytes.startIndex
        guard bytes.count >= 2 else { return nil }
        switch bytes[start + 1] {
        case UInt8(ascii: "["): break
        case UInt8(ascii: "O"):
            guard bytes.count >= 3 else { return nil }
            return (named(bytes[start + 2], parameter: ""), 3)
        // The escape key, and then another key or sequence.
        default: return (.escape, 1)
        }
        var index = start + 2
        while index < bytes.endIndex {
            let byte = bytes[index]
            if 0x40...0x7E ~= byte {
                let parameters = String(decoding: bytes[(start + 2)..<index], as: UTF8.self)
                let first = parameters.prefix { $0 != ";" }
                return (named(byte, parameter: String(first)), index + 1 - start)
            }
            // No byte of a sequence: it was cut off.
            guard 0x20...0x3F ~= byte else { return (.unknown, index - start) }
            index += 1
            if index - start > longest { return (.unknown, index - start) }
        }
        return nil
    }

    private static func named(_ final: UInt8, parameter: String) -> WatchKey {
        switch (final, parameter) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "C"), _): .right
        case (UInt8(ascii: "D"), _): .left
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
        case (UInt8(ascii: "M"), ""): .enter
        case (UInt8(ascii: "~"), "5"): .pageUp
        case (UInt8(ascii: "~"), "6"): .pageDown
        default: .unknown
        }
    }
}
