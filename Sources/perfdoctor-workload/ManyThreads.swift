extension Workload {
    static let threads = Workload(
        name: "threads",
        summary: "many threads at once, each with its own name",
        answer: "threadWork has all the CPU time; every thread worker-N has what the truth says",
        options: [
            .init("ms", 2000, "how long they run"),
            .init("count", 64, "threads"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let steps = 500 * churnStepsPerMicrosecond()
        let times = Thread.each(of: max(1, settings["count"]), named: "worker") { index in
            while Clock.monotonic() < deadline { Sink.keep(threadWork(index, steps: steps)) }
            return Clock.threadCPU()
        }
        for (index, time) in times.enumerated() { Truth.state("cpu_ns", "worker-\(index)", time) }
        Truth.state("cpu_ns", "threadWork", times.reduce(0, +))
    }

    static let shortThreads = Workload(
        name: "short-threads",
        summary: "threads that end after a millisecond, a few at a time",
        answer: "shortWork has all the CPU time of --count threads, shortWait what they wait",
        options: [
            .init("count", 2000, "threads in all"),
            .init("parallel", 4, "threads at a time"),
            .init("us", 1000, "CPU time of each in microseconds"),
            .init("sleep-us", 0, "how long each waits as well"),
        ]
    ) { settings in
        let steps = max(1, settings["us"]) * churnStepsPerMicrosecond()
        let parallel = max(1, settings["parallel"])
        var left = settings["count"]
        let pause = Int64(settings["sleep-us"]) * 1000
        var total: Int64 = 0
        var waited: Int64 = 0
        var started = 0
        while left > 0 {
            let times = Thread.each(of: min(parallel, left), named: "short") { index in
                Sink.keep(shortWork(index, steps: steps))
                let pause = pause > 0 ? Clock.offCPU { shortWait(pause) } : 0
                return (Clock.threadCPU(), pause)
            }
            total += times.reduce(0) { $0 + $1.0 }
            waited += times.reduce(0) { $0 + $1.1 }
            started += times.count
            left -= parallel
        }
        Truth.state("threads", "short", started)
        Truth.state("cpu_ns", "shortWork", total)
        if pause > 0 { Truth.state("off_cpu_ns", "shortWait", waited) }
    }
}

@inline(never)
func threadWork(_ seed: Int, steps: Int) -> UInt64 {
    churn(UInt64(seed + 11), steps: steps)
}

@inline(never)
func shortWork(_ seed: Int, steps: Int) -> UInt64 {
    churn(UInt64(seed + 13), steps: steps) &+ 1
}

@inline(never)
func shortWait(_ nanoseconds: Int64) {
    Clock.sleep(nanoseconds: nanoseconds)
}
