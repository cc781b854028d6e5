import PerfLinux

/// When each question of a target is to be asked: at a fixed rate from one instant on, whatever the answers take.
///
/// Who sends the next question only once the last one is answered asks seldom while the server stands still, and hardly
/// sees it (coordinated omission). Source: G. Tene, "How NOT to Measure Latency" (2013); wrk2.
package struct ProbeSchedule: Hashable, Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC: the first question.
    package var start: UInt64
    /// Questions a second.
    package var rate: Double
    /// How many are asked; nil for as many as fit before ``end``.
    package var count: Int?
    /// Nanoseconds of CLOCK_MONOTONIC: none is asked from here on.
    package var end: UInt64

    package init(start: UInt64, rate: Double, count: Int?, end: UInt64) {
        self.start = start
        self.rate = rate
        self.count = count
        self.end = end
    }

    /// When a question is to be asked.
    ///
    /// - Parameter index: from 0.
    /// - Returns: nanoseconds of CLOCK_MONOTONIC; nil for one that is not asked.
    package func time(of index: Int) -> UInt64? {
        if let count, index >= count { return nil }
        let offset = Double(index) / rate * 1e9
        guard offset < 9e18 else { return nil }
        let time = start &+ UInt64(offset)
        return time < end ? time : nil
    }

    /// The questions that are due before an instant, from 0.
    package func due(before instant: UInt64) -> Int {
        let until = min(instant, end)
        guard until > start else { return 0 }
        let due = Int((Double(until - start) * rate / 1e9).rounded(.up))
        return min(count ?? due, due)
    }
}
