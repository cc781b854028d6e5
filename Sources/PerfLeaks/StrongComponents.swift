/// The strongly connected components of some blocks: those that refer to each other, in a circle or more.
///
/// Tarjan's algorithm without recursion: SIAM Journal on Computing 1 (1972), 146.
struct StrongComponents {
    /// The component of each block, by its place among them.
    ///
    /// A component comes before all that refer to it.
    private(set) var component: [Int32]
    private(set) var count: Int32 = 0

    /// - Parameters:
    ///   - nodes: how many blocks there are.
    ///   - references: places of the blocks that a block refers to.
    init(count nodes: Int, references: (Int) -> [Int32]) {
        component = Array(repeating: -1, count: nodes)
        var order = [Int32](repeating: -1, count: nodes)
        var low = [Int32](repeating: 0, count: nodes)
        var next: Int32 = 0
        var stack: [Int32] = []
        var calls: [(node: Int32, targets: [Int32], position: Int)] = []
        for start in 0..<nodes where order[start] < 0 {
            calls.append((Int32(start), references(start), 0))
            while let (node, targets, position) = calls.last {
                let index = Int(node)
                if position == 0, order[index] < 0 {
                    order[index] = next
                    low[index] = next
                    next += 1
                    stack.append(node)
                }
                if position < targets.count {
                    calls[calls.count - 1].position += 1
                    let target = Int(targets[position])
                    if order[target] < 0 {
                        calls.append((Int32(target), references(target), 0))
                    } else if component[target] < 0 {
                        low[index] = min(low[index], order[target])
                    }
                    continue
                }
                calls.removeLast()
                if let parent = calls.last { low[Int(parent.node)] = min(low[Int(parent.node)], low[index]) }
                guard low[index] == order[index] else { continue }
                while let member = stack.popLast() {
                    component[Int(member)] = count
                    if member == node { break }
                }
                count += 1
            }
        }
    }
}
