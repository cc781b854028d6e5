extension Workload {
    static let spin = Workload(
        name: "spin",
        summary: "three functions that share the CPU 70 : 20 : 10 in every thread",
        answer: "spinSeventy 70%, spinTwenty 20%, spinTen 10% of the CPU time, under spinRound",
        options: [
            .init("ms", 3000, "how long it runs"),
            .init("threads", 1, "threads that do so at once"),
            .init("rounds", 0, "fixed work instead: rounds of 1,000,000 steps; for comparing CPU time"),
        ]
    ) { settings in
        let rounds = settings["rounds"]
        let deadline = Clock.monotonic() + settings.nanoseconds(fromMilliseconds: "ms")
        let totals = Thread.each(of: max(1, settings["threads"]), named: "spin") { _ in
            var split = Split()
            var round = 0
            while rounds > 0 ? round < rounds : Clock.monotonic() < deadline {
                if rounds == 0 { split.aim() }
                spinRound(&split)
                round += 1
            }
            return split.cpu
        }
        for (index, name) in ["spinSeventy", "spinTwenty", "spinTen"].enumerated() {
            Truth.state("cpu_ns", name, totals.reduce(0) { $0 + $1[index] })
        }
    }
}

/// The CPU time that the three functions have had, and the steps that bring it to 70 : 20 : 10.
struct Split {
    var cpu: [Int64] = [0, 0, 0]
    var steps: [Int] = [700_000, 200_000, 100_000]
    /// Steps done so far.
    var done: [Int] = [0, 0, 0]

    /// Chooses the steps of the next round so that its end has the exact split.
    mutating func aim() {
        let total = cpu.reduce(0, +)
        guard total > 0 else { return }
        for (index, share) in [0.7, 0.2, 0.1].enumerated() {
            let wanted = share * Double(total + 5_000_000) - Double(cpu[index])
            let perStep = Double(cpu[index]) / Double(max(1, done[index]))
            steps[index] = min(20_000_000, max(1000, Int(wanted / max(0.01, perStep))))
        }
    }
}

@inline(never)
func spinRound(_ split: inout Split) {
    let start = Clock.threadCPU()
    Sink.keep(spinSeventy(split.steps[0]))
    let afterSeventy = Clock.threadCPU()
    Sink.keep(spinTwenty(split.steps[1]))
    let afterTwenty = Clock.threadCPU()
    Sink.keep(spinTen(split.steps[2]))
    let end = Clock.threadCPU()
    split.cpu[0] += afterSeventy - start
    split.cpu[1] += afterTwenty - afterSeventy
    split.cpu[2] += end - afterTwenty
    for index in 0..<3 { split.done[index] += split.steps[index] }
}

// Three different loops, without a helper: equal ones would be merged, and a helper would show as a frame.

@inline(never)
func spinSeventy(_ steps: Int) -> UInt64 {
    var state: UInt64 = 70
    var step = 0
    while step < steps {
        step += 1
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
    }
    return state
}

@inline(never)
func spinTwenty(_ steps: Int) -> UInt64 {
    var state: UInt64 = 20
    var step = 0
    while step < steps {
        state = (state &* 6_364_136_223_846_793_005) ^ UInt64(truncatingIfNeeded: step)
        step += 1
    }
    return state
}

@inline(never)
func spinTen(_ steps: Int) -> UInt64 {
    var state: UInt64 = 10
    var step = 0
    while step < steps {
        state = (state << 5 | state >> 59) &+ UInt64(truncatingIfNeeded: step) ^ 0x9E37_79B9
        step += 1
    }
    return state
}
