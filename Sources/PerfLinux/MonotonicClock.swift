import Glibc

/// CLOCK_MONOTONIC in nanoseconds, the clock of all perf records.
package enum MonotonicClock {
    package static var nanoseconds: UInt64 {
        var now = timespec()
        // SAFETY: clock_gettime fills one timespec that outlives the call; it cannot fail for this clock.
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
