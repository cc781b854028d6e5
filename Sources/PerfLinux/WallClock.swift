import Glibc

/// The time of day, for the heads of documents and for dates that others name; measuring needs a clock that nobody sets.
package enum WallClock {
    /// Nanoseconds since 1970-01-01 UTC.
    package static func nanosecondsSince1970() -> Int64 {
        var time = timespec()
        // SAFETY: `time` outlives the call, which writes one struct.
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
