/// What was counted in each frame: by itself, and with everything that it called.
package struct FrameTable: Sendable {
    package struct Row: Hashable, Sendable {
        /// Index into the view's `frames`.
        package var frame: Int
        /// Value of the stacks that end in this frame.
        package var selfValue: Int64
        /// Value of the stacks that hold this frame, each once, however often the frame recurs.
        package var total: Int64
        package var selfSamples: Int64
        package var totalSamples: Int64
    }

    package enum Order: String, CaseIterable, Sendable {
        case selfValue = "self"
        case total
    }

    /// Sorted as asked for, largest first; equal ones by name.
    package let rows: [Row]
    package let order: Order

    package init(_ view: ProfileView, order: Order = .selfValue) {
        var rows = view.frames.indices.map {
            Row(frame: $0, selfValue: 0, total: 0, selfSamples: 0, totalSamples: 0)
        }
        var lastSeen = [Int](repeating: -1, count: rows.count)
        for (index, (value, count)) in view.stackTotals.enumerated() {
            let stack = view.stacks[index]
            for frame in stack where lastSeen[frame] != index {
                lastSeen[frame] = index
                rows[frame].total = saturatingSum(rows[frame].total, value)
                rows[frame].totalSamples = saturatingSum(rows[frame].totalSamples, count)
            }
            guard let leaf = stack.last else { continue }
            rows[leaf].selfValue = saturatingSum(rows[leaf].selfValue, value)
            rows[leaf].selfSamples = saturatingSum(rows[leaf].selfSamples, count)
        }
        func key(_ row: Row) -> (Int64, Int64) {
            let own = saturatingMagnitude(row.selfValue)
            let all = saturatingMagnitude(row.total)
            return order == .selfValue ? (own, all) : (all, own)
        }
        self.order = order
        self.rows = rows.sorted { left, right in
            let (leftKey, rightKey) = (key(left), key(right))
            if leftKey != rightKey { return leftKey > rightKey }
            let (leftFrame, rightFrame) = (view.frames[left.frame], view.frames[right.frame])
            if leftFrame.name != rightFrame.name { return leftFrame.name < rightFrame.name }
            return (leftFrame.file, leftFrame.line, left.frame) < (rightFrame.file, rightFrame.line, right.frame)
        }
    }
}

/// What was counted on one thread.
package struct ThreadTotal: Hashable, Sendable {
    package var thread: ThreadIdentity
    package var total: Int64
    package var sampleCount: Int64
}

extension ProfileView {
    /// The threads, largest first; empty when the samples do not name any.
    package var threads: [ThreadTotal] {
        var index: [ThreadIdentity: Int] = [:]
        var positions = [Int?](repeating: nil, count: profile.labelSets.count)
        var threads: [ThreadTotal] = []
        for weight in weights {
            let position: Int
            if let known = positions[weight.labelSet] {
                position = known
            } else {
                guard let thread = profile.thread(in: weight.labelSet) else { continue }
                // A thread that renames itself is still one thread.
                var key = thread
                if key.threadID != nil { key.name = "" }
                position = index[key] ?? threads.count
                if position == threads.count {
                    index[key] = position
                    threads.append(ThreadTotal(thread: thread, total: 0, sampleCount: 0))
                }
                positions[weight.labelSet] = position
            }
            threads[position].total = saturatingSum(threads[position].total, weight.value)
            threads[position].sampleCount = saturatingSum(threads[position].sampleCount, weight.sampleCount)
        }
        return threads.sorted { left, right in
            let (leftSize, rightSize) = (saturatingMagnitude(left.total), saturatingMagnitude(right.total))
            if leftSize != rightSize { return leftSize > rightSize }
            return (left.thread.threadID ?? 0, left.thread.name) < (right.thread.threadID ?? 0, right.thread.name)
        }
    }
}
