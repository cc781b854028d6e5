/// What has to be known of a process before a thread of it can be told to call a function.
package struct InjectionPlan: Sendable {
    /// An instruction that traps, which called functions return to.
    package var trap: UInt64
    /// The C library's code that ends signal handlers; nil where it is not known.
    package var signalReturn: UInt64?
    /// Code that may hold locks of the loader or the allocator.
    package var busy: [Range<UInt64>]
    /// Memory of such locks.
    package var locks: [Range<UInt64>]
    /// Nanoseconds to wait for a thread that holds none of them.
    package var patience: UInt64 = 20_000_000_000
    /// Where given, everything stands still, and no thread may be in this code or return to it.
    package var left: Range<UInt64>?

    package init(trap: UInt64, signalReturn: UInt64?, busy: [Range<UInt64>], locks: [Range<UInt64>]) {
        (self.trap, self.signalReturn, self.busy, self.locks) = (trap, signalReturn, busy, locks)
    }
}
