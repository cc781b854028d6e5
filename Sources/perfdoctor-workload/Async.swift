import Dispatch

extension Workload {
    static let async = Workload(
        name: "async",
        summary: "tasks that await each other four deep and burn CPU in the innermost",
        answer: "asyncBurst has the CPU time, called by asyncInner, asyncMiddle, asyncOuter, asyncTask",
        options: [
            .init("ms", 2000, "how long it runs"),
            .init("tasks", 4, "tasks at once"),
            .init("burst-us", 500, "CPU time of each burst in microseconds"),
        ]
    ) { settings in
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let steps = max(1, settings["burst-us"]) * churnStepsPerMicrosecond()
        let tally = Locked((bursts: 0, time: Int64(0)))
        let group = DispatchGroup()
        for _ in 0..<max(1, settings["tasks"]) {
            group.enter()
            Task {
                await asyncTask(until: deadline, steps: steps, tally: tally)
                group.leave()
            }
        }
        group.wait()
        Truth.state("bursts", "asyncBurst", tally.update { $0.bursts })
        Truth.state("cpu_ns", "asyncBurst", tally.update { $0.time })
    }
}

/// What the bursts add up to.
typealias Tally = Locked<(bursts: Int, time: Int64)>

@inline(never)
func asyncTask(until deadline: Int64, steps: Int, tally: Tally) async {
    while Clock.monotonic() < deadline {
        let time = await asyncOuter(steps)
        tally.update {
            $0.bursts += 1
            $0.time += time
        }
    }
}

// Every level suspends for real before and works after the call: no level can vanish into the next.

@inline(never)
func asyncOuter(_ steps: Int) async -> Int64 {
    await Task.yield()
    let time = await asyncMiddle(steps)
    Sink.keep(UInt64(bitPattern: time))
    return time
}

@inline(never)
func asyncMiddle(_ steps: Int) async -> Int64 {
    await Task.yield()
    let time = await asyncInner(steps)
    Sink.keep(UInt64(bitPattern: time) &+ 1)
    return time
}

@inline(never)
func asyncInner(_ steps: Int) async -> Int64 {
    await Task.yield()
    let start = Clock.threadCPU()
    Sink.keep(asyncBurst(steps))
    return Clock.threadCPU() - start
}

@inline(never)
func asyncBurst(_ steps: Int) -> UInt64 {
    churn(23, steps: steps)
}
