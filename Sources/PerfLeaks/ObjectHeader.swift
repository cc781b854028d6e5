/// The counts in the second word of a Swift object, 64 bits.
///
/// Source: RefCount.h of Swift 5.9 to 6.3.
package struct ObjectHeader: Hashable, Sendable {
    package var counts: UInt64

    package init(counts: UInt64) {
        self.counts = counts
    }

    /// Where the counts are kept apart, since somebody refers to the object weakly or they did not fit.
    static func sideTable(inCounts word: UInt64) -> UInt64? {
        guard word >> 62 == 3, word & 0xffff_ffff != 0xffff_ffff else { return nil }
        let address = word << 3
        return address < 1 << 48 ? address : nil
    }

    package var sideTable: UInt64? { Self.sideTable(inCounts: counts) }

    /// Objects that live as long as the process: those of the executable.
    package var isImmortal: Bool { counts & 0xffff_ffff == 0xffff_ffff }

    /// Whether its deinit has begun.
    package var isDeinitializing: Bool { counts >> 32 & 1 == 1 }

    /// How often it is retained, 1 for a new object; nil where the counts are elsewhere or do not count.
    package var strongCount: Int? {
        guard sideTable == nil, !isImmortal, !isDeinitializing, counts >> 63 == 0 else { return nil }
        return Int(counts >> 33) + 1
    }

    /// How many `unowned` references there are; nil where the counts are elsewhere.
    package var unownedCount: Int? {
        guard sideTable == nil, !isImmortal, counts >> 63 == 0 else { return nil }
        // One is kept for all strong references together.
        return max(0, Int(counts >> 1 & 0x7fff_ffff) - 1)
    }

    /// Stands for a count that nobody knows.
    static let noCount = UInt32.max

    /// How often it is retained, where all counts make sense; ``noCount`` for what can be no object's.
    var knownStrongCount: UInt32 {
        guard let unowned = unownedCount, unowned < 1 << 24, let strong = strongCount else { return Self.noCount }
        return UInt32(strong)
    }
}
