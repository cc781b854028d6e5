import PerfStatistics

/// What was counted in each stack, before and after, with the functions of all profiles matched.
package struct ComparedStacks: Sendable {
    package struct Stack: Sendable {
        /// Indices into `functions`, root first.
        package var frames: [Int]
        package var before: Amount
        package var after: Amount
        /// The value of each recording, those before first; empty with one of each.
        var runs: [Int64] = []

        mutating func add(_ other: Stack) {
            before.add(other.before)
            after.add(other.after)
            addRuns(other.runs, to: &runs)
        }
    }

    /// What the recordings of one side counted.
    package struct Amount: Sendable {
        package var value: Int64 = 0
        var tally = WeightTally()

        mutating func add(_ other: Amount) {
            value = saturatingSum(value, other.value)
            tally.add(other.tally)
        }
    }

    package let functions: [ComparedFrame]
    package private(set) var stacks: [Stack] = []
    /// How many recordings there are of each.
    let runCounts: (before: Int, after: Int)
    /// Whether all profiles say how many samples there were, so that chance can be judged.
    package let countsSamples: Bool
    /// What was counted in hardware interrupts, which is left out.
    package private(set) var interrupts = (before: Int64(0), after: Int64(0))

    /// Matches the recordings of one build with those of another.
    init(_ first: [ProfileView], _ second: [ProfileView]) {
        let matching = FrameMatching(first, second)
        functions = matching.functions
        runCounts = (first.count, second.count)
        let views = first + second
        let counters = views.map(SampleCounter.init)
        countsSamples = counters.allSatisfy { $0 != nil }
        let runCount = views.count > 2 ? views.count : 0
        var index: [[Int]: Int] = [:]
        for (run, view) in views.enumerated() {
            let isBefore = run < first.count
            let indices = isBefore ? matching.before[run] : matching.after[run - first.count]
            let viewStacks = view.stacks.map { stack in stack.map { indices[$0] } }
            let isInterrupt = Self.interrupted(view)
            for weight in view.weights {
                if isInterrupt[weight.stack] {
                    if isBefore {
                        interrupts.before = saturatingSum(interrupts.before, weight.value)
                    } else {
                        interrupts.after = saturatingSum(interrupts.after, weight.value)
                    }
                    continue
                }
                let frames = viewStacks[weight.stack]
                let place = index[frames] ?? stacks.count
                if place == stacks.count {
                    index[frames] = place
                    let runs = [Int64](repeating: 0, count: runCount)
                    stacks.append(Stack(frames: frames, before: Amount(), after: Amount(), runs: runs))
                }
                let amount = Self.amount(weight, counters[run])
                if isBefore { stacks[place].before.add(amount) } else { stacks[place].after.add(amount) }
                if runCount > 0 { stacks[place].runs[run] = saturatingSum(stacks[place].runs[run], weight.value) }
            }
        }
    }

    /// For each stack whether it ends in an interrupt; all of a stack of interrupts alone is no interruption.
    private static func interrupted(_ view: ProfileView) -> [Bool] {
        let isEntry = view.frames.map(InterruptFrames.isEntry)
        guard isEntry.contains(true) else { return Array(repeating: false, count: view.stacks.count) }
        return view.stacks.map { stack in stack.dropFirst().contains { isEntry[$0] } }
    }

    private static func amount(_ weight: ProfileView.Weight, _ counter: SampleCounter?) -> Amount {
        var amount = Amount(value: weight.value)
        amount.tally.add(weight: Double(weight.value), count: counter?.count(weight) ?? 0)
        return amount
    }

    /// The same without some functions' frames: what they cost is their callers' then.
    func dropping(_ dropped: Set<Int>) -> ComparedStacks {
        guard !dropped.isEmpty else { return self }
        var result = self
        var index: [[Int]: Int] = [:]
        result.stacks = []
        for var stack in stacks {
            stack.frames.removeAll { dropped.contains($0) }
            if let known = index[stack.frames] {
                result.stacks[known].add(stack)
            } else {
                index[stack.frames] = result.stacks.count
                result.stacks.append(stack)
            }
        }
        return result
    }

    /// The same without the stacks that end in some functions.
    func withoutLeaves(_ leaves: Set<Int>) -> ComparedStacks {
        var result = self
        result.stacks.removeAll { stack in stack.frames.last.map(leaves.contains) ?? false }
        return result
    }
}

/// Adds the values of each recording; an empty sum takes them as they are.
func addRuns(_ runs: [Int64], to sum: inout [Int64]) {
    guard sum.count == runs.count else {
        sum = runs
        return
    }
    for index in runs.indices { sum[index] = saturatingSum(sum[index], runs[index]) }
}

/// How many samples a value stands for.
struct SampleCounter {
    /// Nil where the profile counts its samples itself.
    private let period: Int64?

    /// Nil when nothing is known, or when values are below zero: a difference of two profiles has no samples.
    init?(_ view: ProfileView) {
        guard view.weights.allSatisfy({ $0.value >= 0 }) else { return nil }
        let profile = view.profile
        if view.sampleCount != nil {
            period = nil
        } else if let type = profile.periodType, type == view.sampleType, profile.period > 0 {
            period = profile.period
        } else if view.weights.isEmpty {
            period = nil
        } else {
            return nil
        }
    }

    func count(_ weight: ProfileView.Weight) -> Int64 {
        guard let period else { return weight.sampleCount }
        return weight.value > 0 ? max(1, weight.value / period) : 0
    }
}
