import Glibc

/// Time as the kernel counts it, in nanoseconds.
enum Clock {
    /// CPU time of the calling thread.
    static func threadCPU() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    /// CPU time of all threads of this process.
    static func processCPU() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // SAFETY: `time` outlives the call, which writes one struct.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps at least this long, whatever signals arrive.
    static func sleep(nanoseconds: Int64) {
        var rest = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var left = rest
        // SAFETY: both outlive the call; the kernel reads the first and writes what is left into the second.
        while unsafe nanosleep(&rest, &left) != 0 { rest = left }
    }
}

/// Arithmetic that burns CPU in the caller's own frame and that no optimizer can drop.
///
/// One step is a few cycles; the result depends on every step.
@inline(__always)
func churn(_ seed: UInt64, steps: Int) -> UInt64 {
    var state = seed | 1
    var step = 0
    while step < steps {
        step += 1
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
    }
    return state
}

/// How many steps of `churn` this CPU does in a microsecond; at least one.
func churnStepsPerMicrosecond() -> Int {
    var best = 0
    for attempt in 0..<5 {
        let start = Clock.threadCPU()
        Sink.keep(churn(UInt64(attempt), steps: 200_000))
        let elapsed = max(1, Clock.threadCPU() - start)
        best = max(best, Int(200_000_000 / elapsed))
    }
    return max(1, best)
}

/// Where results go so that the optimizer has to compute them.
enum Sink {
    /// Uses a value in a way that nobody can foresee and that next to never does anything.
    @inline(never)
    static func keep(_ value: UInt64) {
        if value == 0x9D39_247E_3377_6D41 { complain("the one value in 2^64") }
    }
}
