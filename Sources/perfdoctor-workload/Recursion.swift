extension Workload {
    static let recursion = Workload(
        name: "recursion",
        summary: "a function that calls itself before it does its work",
        answer: "recursionLeaf has all the CPU time, below exactly --depth frames of recurse",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("depth", 200, "frames of recurse in every stack"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let depth = max(1, settings["depth"])
        let steps = 500 * churnStepsPerMicrosecond()
        let start = Clock.threadCPU()
        while Clock.monotonic() < deadline { Sink.keep(recurse(depth, steps: steps)) }
        Truth.state("depth", "recurse", depth)
        Truth.state("cpu_ns", "recursionLeaf", Clock.threadCPU() - start)
    }
}

@inline(never)
func recurse(_ depth: Int, steps: Int) -> UInt64 {
    let below = depth <= 1 ? recursionLeaf(steps) : recurse(depth - 1, steps: steps)
    // Work after the call, and not of a kind that could be summed up on the way down: no tail call.
    return (below &* 31) ^ UInt64(truncatingIfNeeded: depth)
}

@inline(never)
func recursionLeaf(_ steps: Int) -> UInt64 {
    churn(3, steps: steps)
}
