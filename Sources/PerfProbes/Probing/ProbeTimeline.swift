/// Latencies over time in slots of one width, so that a stall is seen as a stall.
///
/// The memory is bounded: when there are too many slots, each two become one.
package struct ProbeTimeline: Hashable, Sendable {
    package struct Slot: Hashable, Sendable {
        /// Questions that were to be asked in it and were answered.
        package var answered: Int
        /// Those that were not answered.
        package var lost: Int
        /// Nanoseconds; 0 where nothing was answered.
        package var most: UInt64
        package var sum: UInt64
        /// Why the first of ``lost`` was not answered; nil where nobody said so.
        package var reason: String?

        package init(
            answered: Int = 0, lost: Int = 0, most: UInt64 = 0, sum: UInt64 = 0, reason: String? = nil
        ) {
            self.answered = answered
            self.lost = lost
            self.most = most
            self.sum = sum
            self.reason = reason
        }

        /// Nanoseconds; nil where nothing was answered.
        package var mean: UInt64? { answered > 0 ? sum / UInt64(answered) : nil }

        fileprivate static func + (left: Slot, right: Slot) -> Slot {
            Slot(
                answered: left.answered + right.answered, lost: left.lost + right.lost,
                most: max(left.most, right.most), sum: left.sum &+ right.sum, reason: left.reason ?? right.reason)
        }
    }

    /// Nanoseconds of each slot.
    package private(set) var width: UInt64
    package private(set) var slots: [Slot] = []
    private static let mostSlots = 600

    /// - Parameter width: nanoseconds of a slot, to begin with.
    package init(width: UInt64 = 100_000_000) {
        self.width = max(1, width)
    }

    /// - Parameters:
    ///   - offset: nanoseconds since the first question was to be asked.
    ///   - latency: nanoseconds; nil for no answer.
    ///   - reason: why there is none.
    package mutating func add(at offset: UInt64, latency: UInt64?, reason: String? = nil) {
        while offset / width >= UInt64(Self.mostSlots) { halve() }
        let index = Int(offset / width)
        while slots.count <= index { slots.append(Slot()) }
        slots[index] =
            slots[index] + (latency.map { Slot(answered: 1, most: $0, sum: $0) } ?? Slot(lost: 1, reason: reason))
    }

    private mutating func halve() {
        width *= 2
        slots = stride(from: 0, to: slots.count, by: 2).map { index in
            index + 1 < slots.count ? slots[index] + slots[index + 1] : slots[index]
        }
    }
}
