/// Stacks merged by their common beginnings.
package struct CallTree: Sendable {
    package enum Direction: Sendable {
        /// From the outermost caller down.
        case topDown
        /// From the innermost function up through its callers.
        case inverted
    }

    package struct Node: Sendable {
        /// Index into the view's `frames`; nil for the root.
        package var frame: Int?
        /// Value of the stacks that pass here.
        package var total: Int64 = 0
        /// Value of the stacks that end here; inverted, of those that begin here.
        package var selfValue: Int64 = 0
        package var sampleCount: Int64 = 0
        /// Indices into `nodes`, largest total first.
        package var children: [Int] = []
    }

    /// The root is first; a child stands after its parent.
    package private(set) var nodes: [Node] = [Node(frame: nil)]

    /// Merges the stacks of a view.
    ///
    /// - Parameters:
    ///   - view: what to merge.
    ///   - direction: where the tree begins.
    ///   - trimmed: gives the part of a stack (root first) that belongs to the tree; nil drops the stack.
    package init(
        _ view: ProfileView, direction: Direction = .topDown,
        trimmed: (_ stack: [Int]) -> ArraySlice<Int>? = { $0[...] }
    ) {
        var index: [Edge: Int] = [:]
        for (stackIndex, (value, count)) in view.stackTotals.enumerated() {
            guard let stack = trimmed(view.stacks[stackIndex]) else { continue }
            var node = 0
            add(value, count, to: 0)
            for offset in 0..<stack.count {
                let frame =
                    direction == .topDown ? stack[stack.startIndex + offset] : stack[stack.endIndex - 1 - offset]
                let edge = Edge(parent: node, frame: frame)
                if let known = index[edge] {
                    node = known
                } else {
                    let child = nodes.count
                    nodes.append(Node(frame: frame))
                    nodes[node].children.append(child)
                    index[edge] = child
                    node = child
                }
                add(value, count, to: node)
            }
            nodes[node].selfValue = saturatingSum(nodes[node].selfValue, value)
        }
        let finished = nodes
        for parent in finished.indices where finished[parent].children.count > 1 {
            nodes[parent].children = finished[parent].children.sorted { left, right in
                let leftSize = saturatingMagnitude(finished[left].total)
                let rightSize = saturatingMagnitude(finished[right].total)
                if leftSize != rightSize { return leftSize > rightSize }
                let (leftName, rightName) = (Self.name(finished[left], view), Self.name(finished[right], view))
                return leftName == rightName ? left < right : leftName < rightName
            }
        }
    }

    private static func name(_ node: Node, _ view: ProfileView) -> String {
        node.frame.map { view.frames[$0].name } ?? ""
    }

    private mutating func add(_ value: Int64, _ count: Int64, to node: Int) {
        nodes[node].total = saturatingSum(nodes[node].total, value)
        nodes[node].sampleCount = saturatingSum(nodes[node].sampleCount, count)
    }

    private struct Edge: Hashable {
        var parent: Int
        var frame: Int
    }
}
