/// The function that a change comes from, and who called it.
package struct ComparisonCause: Hashable, Sendable {
    /// Index into the comparison's `stacks.functions`.
    package var function: Int
    /// With all that it calls.
    package var change: ComparedChange
    /// Its part of the whole change; of shares, which have no whole change, nil.
    package var shareOfChange: Double?
    /// Whether the change is in the function itself, not in what it calls.
    package var isOwn: Bool
    /// From the root to the function, the way with most of the change; indices into `stacks.functions`.
    package var path: [Int]

    /// Nil when nothing changed, or of suspicions, when there are none.
    init?(
        functions: [ProfileComparison.Function], whole: ComparedChange, table: ComparisonTable,
        stacks: ComparedStacks, scale: ComparisonScale, suspected: Bool
    ) {
        func isChange(_ change: ComparedChange) -> Bool { suspected ? change.isSuspected : change.isSignificant }
        func isChanged(_ function: ProfileComparison.Function) -> Bool {
            suspected ? isChange(function.own) || isChange(function.total) : function.direction != .none
        }
        let changed = functions.filter { isChanged($0) && !$0.isInlinedDifferently }
        let hasWhole = !scale.isShare && isChange(whole)
        let reference: Double
        if hasWhole {
            reference = whole.delta
        } else {
            // The largest change that is a finding; the outermost functions have it too, the innermost caused it.
            let largest = changed.map { isChange($0.own) ? $0.own.delta : $0.total.delta }
                .max { abs($0) < abs($1) }
            guard let largest else { return nil }
            reference = largest
        }
        // The innermost function that has most of the change: the one that costs least of those.
        let candidates = functions.filter {
            !$0.isInlinedDifferently && $0.total.delta * reference > 0
                && abs($0.total.delta) >= abs(reference) * 0.6 && (isChanged($0) || hasWhole)
        }
        let size = { (change: ComparedChange) in abs(change.before) + abs(change.after) }
        let innermost = candidates.min { left, right in
            let (leftSize, rightSize) = (size(left.total), size(right.total))
            // Of two that cost the same, one only calls the other.
            if abs(leftSize - rightSize) > 1e-9 * abs(leftSize) { return leftSize < rightSize }
            return abs(left.own.delta) > abs(right.own.delta)
        }
        guard let chosen = innermost ?? changed.first else { return nil }
        function = chosen.index
        change = chosen.total
        shareOfChange = hasWhole && whole.delta != 0 ? chosen.total.delta / whole.delta : nil
        isOwn = abs(chosen.own.delta) >= abs(chosen.total.delta) * 0.5
        path = Self.path(to: chosen, table: table, stacks: stacks)
    }

    /// The way to a function on which most of its change lies, caller by caller from the innermost.
    private static func path(
        to chosen: ProfileComparison.Function, table: ComparisonTable, stacks: ComparedStacks
    ) -> [Int] {
        let sign = chosen.total.delta < 0 ? -1.0 : 1.0
        var prefixes = stacks.stacks.compactMap { stack -> (frames: ArraySlice<Int>, delta: Double)? in
            guard let position = stack.frames.firstIndex(of: chosen.index) else { return nil }
            let amounts = table.scaled(stack)
            return (stack.frames[..<position], (amounts.after - amounts.before) * sign)
        }
        var path = [chosen.index]
        while true {
            var callers: [Int: Double] = [:]
            for prefix in prefixes {
                if let caller = prefix.frames.last { callers[caller, default: 0] += prefix.delta }
            }
            guard let best = callers.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), path.count < 512 else {
                return path.reversed()
            }
            path.append(best.key)
            prefixes = prefixes.filter { $0.frames.last == best.key }.map { ($0.frames.dropLast(), $0.delta) }
        }
    }
}
