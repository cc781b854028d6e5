/// Something that changes what a thread does: runs, waits, can run, begins, ends.
struct ThreadEvent: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Where it is about to leave the CPU: precedes `off`.
        case stack(WaitPlace)
        case off(wasRunnable: Bool)
        case onto
        /// By a thread, or by an interrupt (0).
        case woken(by: Int32)
        case began
        /// It executed another program.
        case executed
        case ended

        /// Whether it tells of a moment in a thread's life, not of its bounds.
        var isSwitch: Bool {
            switch self {
            case .stack, .off, .onto, .woken: true
            case .began, .executed, .ended: false
            }
        }
    }

    /// CLOCK_MONOTONIC, nanoseconds.
    var time: UInt64
    /// 0 where only the thread is known.
    var pid: Int32
    var tid: Int32
    var kind: Kind
}

/// Where a thread waits.
struct WaitPlace: Hashable, Sendable {
    /// Names its stack, see ``WaitStacks``; 0 for none.
    var key: UInt64 = 0
    /// Index into ``WaitSites``; -1 for none.
    var site: Int32 = -1
    /// Index into the ``ThreadTable``; -1 when it is not known yet.
    var thread: Int32 = -1
}
