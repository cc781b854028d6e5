/// A doubt about one counter of a window.
package struct CounterMark: Hashable, Sendable {
    package enum Problem: String, Hashable, Sendable {
        /// It went a little backwards, as iowait, idle and steal do: no change is assumed.
        case clamped
        /// A 32-bit counter began anew; the change is right.
        case wrapped
        /// It is smaller than before for no known reason, as after a device was removed and added: the change is unknown.
        case reset
    }

    /// `"cpu.iowait"`, `"disk.vda.reads"`, `"net.eth0.received.bytes"`.
    package var counter: String
    package var problem: Problem
}

/// Takes differences of counters, and notes those that went backwards.
struct CounterChanges {
    private(set) var marks: [CounterMark] = []

    /// The change of a counter that only grows, or wraps at 32 bits.
    ///
    /// - Returns: nil for one that began anew.
    mutating func change(_ first: UInt64, _ last: UInt64, _ name: @autoclosure () -> String) -> UInt64? {
        if last >= first { return last - first }
        if let wrapped = Self.wrapped(first, last) {
            mark(name(), .wrapped)
            return wrapped
        }
        mark(name(), .reset)
        return nil
    }

    /// The same for a counter that one of the snapshots may lack.
    mutating func change(_ first: UInt64?, _ last: UInt64?, _ name: @autoclosure () -> String) -> UInt64? {
        guard let first, let last else { return nil }
        return change(first, last, name())
    }

    /// The change of a counter that is known to go backwards at times; 0 then.
    mutating func clampedChange(_ first: UInt64, _ last: UInt64, _ name: @autoclosure () -> String) -> UInt64 {
        if last >= first { return last - first }
        if let wrapped = Self.wrapped(first, last) {
            mark(name(), .wrapped)
            return wrapped
        }
        mark(name(), .clamped)
        return 0
    }

    mutating func mark(_ counter: String, _ problem: CounterMark.Problem) {
        marks.append(CounterMark(counter: counter, problem: problem))
    }

    /// A wrap at 2³² is believed where the counter was in its last quarter and is in its first one.
    private static func wrapped(_ first: UInt64, _ last: UInt64) -> UInt64? {
        let quarter: UInt64 = 1 << 30
        guard first <= UInt64(UInt32.max), first >= 3 * quarter, last < quarter else { return nil }
        return last + (1 << 32) - first
    }
}
