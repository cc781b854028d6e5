import PerfStatistics

/// Functions that one build inlined and the other did not.
///
/// Where the inlined frames are not known, the function is gone from one profile, and its callers have its time.
struct InliningChanges {
    private(set) var functions: Set<Int> = []

    init(
        _ stacks: ComparedStacks, scale: ComparisonScale, minimumEffect: Double,
        profiles: (before: [Profile], after: [Profile])
    ) {
        let table = ComparisonTable(stacks, scale: scale)
        let whole = table.whole
        let least = minimumEffect * max(abs(whole.before), abs(whole.after))
        let totals = stacks.functions.indices.map {
            table.normalized(table.rows[$0].totalBefore, table.rows[$0].totalAfter)
        }
        let names = (InlinedNames(profiles.before), InlinedNames(profiles.after))
        for isNew in [false, true] {
            let missing = totals.indices.filter {
                (isNew ? totals[$0].before : totals[$0].after) == 0
                    && (isNew ? totals[$0].after : totals[$0].before) != 0
            }
            for function in missing {
                let name = stacks.functions[function].name
                if isNew ? names.0.hides(name, of: names.1) : names.1.hides(name, of: names.0) {
                    functions.insert(function)
                }
            }
            // Functions that went together stand between a function and the caller that is left.
            let large = missing.filter { !functions.contains($0) && max(totals[$0].before, totals[$0].after) >= least }
            let costs = totals.map { max($0.before, $0.after) }
            for function in large.sorted(by: { costs[$0] > costs[$1] }).prefix(Self.limit) {
                let others = Set(missing).subtracting([function])
                if Self.isInlined(function, stacks: stacks.dropping(others), scale: scale) {
                    functions.insert(function)
                }
            }
        }
    }

    /// Each is looked for in all stacks; no build inlines more functions of any weight anew.
    private static let limit = 50

    /// Whether the callers took over what the function cost, while they cost the same as before with all they call.
    private static func isInlined(
        _ function: Int, stacks: ComparedStacks, scale: ComparisonScale
    ) -> Bool {
        let table = ComparisonTable(stacks, scale: scale)
        var callers: Set<Int> = []
        var callees: Set<Int> = []
        for stack in stacks.stacks {
            for position in stack.frames.indices where stack.frames[position] == function {
                if position > 0 { callers.insert(stack.frames[position - 1]) }
                if position + 1 < stack.frames.count { callees.insert(stack.frames[position + 1]) }
            }
        }
        callers.remove(function)
        callees.remove(function)
        guard !callers.isEmpty else { return false }
        // What the callers cost by themselves and by calling the function's callees directly, and with all they call.
        var direct = (before: 0.0, after: 0.0)
        var all = ComparedStacks.Stack(frames: [], before: ComparedStacks.Amount(), after: ComparedStacks.Amount())
        for stack in stacks.stacks {
            guard let first = stack.frames.firstIndex(where: callers.contains) else { continue }
            let amounts = table.scaled(stack)
            all.add(stack)
            let isDirect = stack.frames[first...].indices.contains { position in
                guard callers.contains(stack.frames[position]) else { return false }
                return position + 1 == stack.frames.count || callees.contains(stack.frames[position + 1])
            }
            if isDirect, !stack.frames.contains(function) {
                direct.before += amounts.before
                direct.after += amounts.after
            }
        }
        let total = table.total(function)
        let cost = max(abs(total.before), abs(total.after))
        let gained = total.before == 0 ? direct.before - direct.after : direct.after - direct.before
        let error = table.comparison(all.before, all.after, runs: all.runs)?.standardError ?? 0
        // Work that were new would make the callers dearer by all of it; what moved may have changed as well.
        let tolerance = max(cost * 3 / 4, error.isFinite ? 2 * error : 0)
        return gained >= cost / 2 && abs(table.normalized(all.before, all.after).delta) <= tolerance
    }
}

extension ComparisonTable {
    /// A stack's amounts, normalised.
    func scaled(_ stack: ComparedStacks.Stack) -> (before: Double, after: Double) {
        let change = normalized(stack.before, stack.after)
        return (change.before, change.after)
    }
}
