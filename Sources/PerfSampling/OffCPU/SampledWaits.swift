import PerfModel

/// The waits of a recording.
package struct SampledWaits: Sendable {
    /// All waits of one thread in one place for one reason.
    package struct Wait: Sendable {
        var node: Int32
        var end: StackTable.End
        package var hasStack: Bool
        /// Index into the threads of the recording.
        package var thread: Int
        package var reason: WaitReason
        /// The kernel's function; empty when unknown.
        package var function: String
        /// Who ended it; empty when unknown.
        package var waker: String
        package var count: UInt64
        /// Nanoseconds.
        package var time: UInt64
        var account: WaitLedger.Account

        /// `truncated`, `unrooted` or `missing`; nil for a stack that is whole.
        package var doubt: String? {
            guard hasStack else { return "missing" }
            return switch end {
            case .root: nil
            case .truncated: "truncated"
            case .unrooted, .behind: "unrooted"
            }
        }
    }

    /// How long a thread was in each state, in nanoseconds; they add up to its time in the recording.
    package struct ThreadTimes: Hashable, Sendable {
        /// Index into the threads of the recording.
        package var thread: Int
        package var onCPU: UInt64
        package var runnable: UInt64
        package var blocked: UInt64
        /// While records were lost.
        package var unknown: UInt64
    }

    package var waits: [Wait] = []
    /// Times of each thread, by index into the threads of the recording.
    var times: [Int32: WaitLedger.Times] = [:]
    /// When each wait was; nil where nobody asked.
    var intervals: WaitTimes?
    /// Whether the kernel gave stacks with the switches.
    package var hasStacks: Bool
    /// Whether the kernel told who woke whom.
    package var tellsWakers: Bool

    /// Nanoseconds booked where their thread had blocked before, for want of a sample.
    package var estimated: UInt64 = 0

    package var total: UInt64 { waits.reduce(0) { $0 &+ $1.time } }
    package var count: UInt64 { waits.reduce(0) { $0 &+ $1.count } }
    /// Waits whose stack reaches neither main nor the thread's start.
    package var unrootedCount: UInt64 { waits.reduce(0) { $0 &+ ($1.doubt == nil ? 0 : $1.count) } }
    /// Nanoseconds of waits without a stack; where a thread waits for a CPU before its first code, there is none to see.
    package var withoutStack: UInt64 {
        waits.reduce(0) { $0 &+ ($1.hasStack || $1.reason == .runnable ? 0 : $1.time) }
    }
    package var threadTimes: [ThreadTimes] {
        times.sorted { $0.key < $1.key }.map { thread, times in
            ThreadTimes(
                thread: Int(thread), onCPU: times.onCPU, runnable: times.runnable, blocked: times.blocked,
                unknown: times.unknown
            )
        }
    }
    /// Nanoseconds in which records were lost.
    package var unknown: UInt64 { times.values.reduce(0) { $0 &+ $1.unknown } }
}
