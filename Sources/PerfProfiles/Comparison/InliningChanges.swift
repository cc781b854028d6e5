/// Functions that one build inlined and the other did not.
///
/// Where the inlined frames are not known, the function is gone from one profile, and its callers have its time.
struct InliningChanges {
    private(set) var functions: Set<Int> = []

    init(_ stacks: ComparedStacks, scale: ComparisonScale, minimumEffect: Double) {
        let table = ComparisonTable(stacks, scale: scale)
        let whole = table.whole
        let least = minimumEffect * max(abs(whole.before), abs(whole.after))
        let missing = stacks.functions.indices.filter { index in
            let total = table.total(index)
            return (total.before == 0) != (total.after == 0) && max(abs(total.before), abs(total.after)) >= least
        }
        for function in missing where Self.isInlined(function, stacks: stacks, table: table, scale: scale) {
            functions.insert(function)
        }
    }

    /// Whether the callers took over what the function cost, while they cost the same as before with all they call.
    private static func isInlined(
        _ function: Int, stacks: ComparedStacks, table: ComparisonTable, scale: ComparisonScale
    ) -> Bool {
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
        var all = (before: 0.0, after: 0.0)
        for stack in stacks.stacks {
            guard let first = stack.frames.firstIndex(where: callers.contains) else { continue }
            let amounts = table.scaled(stack)
            all.before += amounts.before
            all.after += amounts.after
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
        return gained >= cost / 2 && abs(all.after - all.before) <= cost / 2
    }
}

extension ComparisonTable {
    /// A stack's amounts, normalised.
    func scaled(_ stack: ComparedStacks.Stack) -> (before: Double, after: Double) {
        let change = normalized(stack.before, stack.after)
        return (change.before, change.after)
    }
}
