/// Finds sequences of numbers that were seen before: stacks, label sets.
///
/// A dictionary would keep a copy of every sequence and hash it again whenever it grows. This holds only hashes and
/// entry numbers; the sequences stay where they are, and the caller compares them. The order of entries is the order
/// of their first occurrence, so that the random seed, which keeps hostile files from choosing collisions, never shows.
struct SequenceIndex {
    /// Entry numbers by hash, in open addressing; -1 where there is none.
    ///
    /// The count is a power of two.
    private var slots = [Int32](repeating: -1, count: 64)
    private var hashes: [UInt64] = []
    private let seed = UInt64.random(in: .min ... .max)

    /// Number of entries.
    var count: Int { hashes.count }

    /// - Parameters:
    ///   - sequence: what the entry is about.
    ///   - first: a number that belongs to it, or its length.
    /// - Returns: a hash that differs from run to run.
    @inline(__always)
    func hash(_ sequence: some Sequence<UInt64>, _ first: UInt64) -> UInt64 {
        var state = seed &+ first
        for element in sequence {
            // Folding the double-width product mixes all bits of both factors.
            let product = (state ^ element).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low ^ seed &+ 1
        }
        return state
    }

    /// The entry with this hash for which `isEqual` holds.
    @inline(__always)
    func entry(_ hash: UInt64, where isEqual: (Int) -> Bool) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let entry = Int(slots[slot])
            if hashes[entry] == hash && isEqual(entry) { return entry }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds an entry that is not there yet; its number is the previous count.
    mutating func append(_ hash: UInt64) {
        if (hashes.count + 1) * 2 > slots.count { grow() }
        hashes.append(hash)
        place(hashes.count - 1)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for entry in hashes.indices { place(entry) }
    }

    private mutating func place(_ entry: Int) {
        var slot = Int(truncatingIfNeeded: hashes[entry]) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: entry)
    }
}
