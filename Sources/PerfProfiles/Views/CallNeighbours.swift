/// Who calls a function and whom it calls, as gprof and `pprof -peek` show it.
package struct CallNeighbours: Sendable {
    package struct Neighbour: Hashable, Sendable {
        /// Index into the view's `frames`; nil for no caller: the function is the outermost.
        package var frame: Int?
        /// Value of the stacks that have this call, each once.
        package var value: Int64
    }

    /// Index into the view's `frames`.
    package let frame: Int
    /// Largest first.
    package let callers: [Neighbour]
    package let callees: [Neighbour]

    package init(of frame: Int, in view: ProfileView) {
        var callers: [Int?: Int64] = [:]
        var callees: [Int: Int64] = [:]
        for (index, (value, _)) in view.stackTotals.enumerated() {
            let stack = view.stacks[index]
            var seenCallers: Set<Int?> = []
            var seenCallees: Set<Int> = []
            for position in stack.indices where stack[position] == frame {
                let caller = position > 0 ? stack[position - 1] : nil
                if seenCallers.insert(caller).inserted {
                    callers[caller] = saturatingSum(callers[caller] ?? 0, value)
                }
                guard position + 1 < stack.count else { continue }
                let callee = stack[position + 1]
                if seenCallees.insert(callee).inserted {
                    callees[callee] = saturatingSum(callees[callee] ?? 0, value)
                }
            }
        }
        func sorted(_ values: some Sequence<(key: Int?, value: Int64)>) -> [Neighbour] {
            values.map { Neighbour(frame: $0.key, value: $0.value) }.sorted { left, right in
                let (leftSize, rightSize) = (saturatingMagnitude(left.value), saturatingMagnitude(right.value))
                if leftSize != rightSize { return leftSize > rightSize }
                let leftName = left.frame.map { view.frames[$0].name } ?? ""
                let rightName = right.frame.map { view.frames[$0].name } ?? ""
                return (leftName, left.frame ?? -1) < (rightName, right.frame ?? -1)
            }
        }
        self.frame = frame
        self.callers = sorted(callers.map { ($0.key, $0.value) })
        self.callees = sorted(callees.map { (Int?.some($0.key), $0.value) })
    }
}
