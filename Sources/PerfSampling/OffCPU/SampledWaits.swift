import PerfLinux
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
    package var source = WaitSource.events
    /// Threads, waits and records that programs in the kernel had no room for.
    package var lostInKernel: UInt64 = 0

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

extension SampledWaits {
    /// Adds the waits of accounts.
    ///
    /// - Parameters:
    ///   - accounts: of a ledger.
    ///   - stacks: by the accounts' keys.
    ///   - sites: by the accounts' sites.
    ///   - name: of a thread that ended a wait.
    mutating func add(
        _ accounts: [WaitLedger.Account: StackTable.Weight], stacks: [UInt64: WaitStacks.Stack], sites: [WaitSite],
        name: (Int32) -> String
    ) {
        for (account, weight) in accounts where weight.period > 0 {
            let stack = stacks[account.key]
            let site = account.site >= 0 && Int(account.site) < sites.count ? sites[Int(account.site)] : nil
            waits.append(
                Wait(
                    node: stack?.node ?? -1, end: stack?.end ?? .root, hasStack: stack != nil,
                    thread: Int(account.thread), reason: site?.reason ?? .unknown, function: site?.function ?? "",
                    waker: account.waker < 0 ? "" : account.waker == 0 ? "[interrupt]" : name(account.waker),
                    count: weight.count, time: weight.period, account: account
                )
            )
        }
        waits.sort { ($0.thread, $0.node, $0.function, $0.waker) < ($1.thread, $1.node, $1.function, $1.waker) }
    }
}

extension ProcFileSystem {
    /// How a thread that ends a wait is called: `nginx (tid 12)`.
    func waiterName(of tid: Int32) -> String {
        var name = ""
        if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
            try contents(of: "\(tid)/comm", atMost: 64)
        }) {
            name = String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        return name.isEmpty ? "tid \(tid)" : "\(name) (tid \(tid))"
    }
}
