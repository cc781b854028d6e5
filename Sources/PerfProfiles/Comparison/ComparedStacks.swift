import PerfStatistics

/// What was counted in each stack, before and after, with the functions of both profiles matched.
package struct ComparedStacks: Sendable {
    package struct Stack: Sendable {
        /// Indices into `functions`, root first.
        package var frames: [Int]
        package var before: Amount
        package var after: Amount
    }

    /// What one profile counted.
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
    /// Whether both profiles say how many samples there were, so that chance can be judged.
    package let countsSamples: Bool
    /// What was counted in hardware interrupts, which is left out.
    package private(set) var interrupts = (before: Int64(0), after: Int64(0))

    init(_ first: ProfileView, _ second: ProfileView) {
        let matching = FrameMatching(first, second)
        functions = matching.functions
        let (firstCounts, secondCounts) = (SampleCounter(first), SampleCounter(second))
        countsSamples = firstCounts != nil && secondCounts != nil
        var index: [[Int]: Int] = [:]
        func position(_ frames: [Int], in stacks: inout [Stack]) -> Int {
            if let known = index[frames] { return known }
            index[frames] = stacks.count
            stacks.append(Stack(frames: frames, before: Amount(), after: Amount()))
            return stacks.count - 1
        }
        var stacks: [Stack] = []
        let firstStacks = first.stacks.map { stack in stack.map { matching.before[$0] } }
        let secondStacks = second.stacks.map { stack in stack.map { matching.after[$0] } }
        let firstIsInterrupt = Self.interrupted(first)
        let secondIsInterrupt = Self.interrupted(second)
        for weight in first.weights {
            if firstIsInterrupt[weight.stack] {
                interrupts.before = saturatingSum(interrupts.before, weight.value)
                continue
            }
            let place = position(firstStacks[weight.stack], in: &stacks)
            stacks[place].before.add(Self.amount(weight, firstCounts))
        }
        for weight in second.weights {
            if secondIsInterrupt[weight.stack] {
                interrupts.after = saturatingSum(interrupts.after, weight.value)
                continue
            }
            let place = position(secondStacks[weight.stack], in: &stacks)
            stacks[place].after.add(Self.amount(weight, secondCounts))
        }
        self.stacks = stacks
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
                result.stacks[known].before.add(stack.before)
                result.stacks[known].after.add(stack.after)
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
