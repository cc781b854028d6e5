import PerfModel

/// Stacks and how often each was seen, kept as a tree of frames from the root to the leaf.
///
/// Memory grows with the number of distinct stacks only, and not beyond ``nodeLimit``.
struct StackTable {
    /// A frame: an address in an image.
    struct Frame: Hashable {
        /// Index into the ``ImageRegistry``.
        var image: Int32
        /// Whether the frame, or the one it was found from, rests on a guess instead of on unwind information.
        var isGuess: Bool
        var address: ImageAddress
    }

    struct Node: Hashable {
        /// Index into `nodes`; -1 for the outermost frame.
        var parent: Int32
        /// Index into `frames`.
        var frame: Int32
    }

    /// How a stack ends.
    enum End: UInt8, Hashable {
        case root, truncated, unrooted
        /// Like `unrooted`, after a walk along frame pointers for want of time.
        case behind
    }

    struct Key: Hashable {
        /// Index into `nodes`; -1 for an empty stack.
        var node: Int32
        /// Index into ``ThreadTable``.
        var thread: Int32
        var end: End
    }

    struct Weight: Hashable {
        var count: UInt64 = 0
        /// Sum of the periods.
        var period: UInt64 = 0
    }

    private(set) var frames: [Frame] = []
    private(set) var nodes: [Node] = []
    private(set) var samples: [Key: Weight] = [:]
    /// Stacks that were cut at a known frame because the table was full.
    private(set) var overflowCount: UInt64 = 0
    private var frameIndices: [Frame: Int32] = [:]
    private var nodeIndices: [Node: Int32] = [:]

    /// Most nodes, and most frames.
    let nodeLimit: Int

    init(nodeLimit: Int = 1 << 20) {
        self.nodeLimit = nodeLimit
    }

    /// Adds a stack.
    ///
    /// - Parameters:
    ///   - stack: leaf first.
    ///   - thread: index into the thread table.
    ///   - end: how the stack ends.
    ///   - weight: what it counts for.
    /// - Returns: under what it is counted.
    @discardableResult
    mutating func add(_ stack: [Frame], thread: Int32, end: End, weight: Weight) -> Key {
        var node: Int32 = -1
        var end = end
        for frame in stack.reversed() {
            guard let next = child(of: node, frame: frame) else {
                overflowCount &+= weight.count
                end = .truncated
                break
            }
            node = next
        }
        let key = Key(node: node, thread: thread, end: end)
        samples[key, default: Weight()].add(weight)
        return key
    }

    /// Adds all that another table holds; threads are numbered alike in both.
    ///
    /// - Returns: the keys of this table by those of the other one.
    @discardableResult
    mutating func merge(_ other: StackTable) -> [Key: Key] {
        var keys: [Key: Key] = [:]
        for (key, weight) in other.samples {
            keys[key] = add(other.stack(at: key.node), thread: key.thread, end: key.end, weight: weight)
        }
        overflowCount &+= other.overflowCount
        return keys
    }

    /// The frames of a node, leaf first.
    func stack(at node: Int32) -> [Frame] {
        frameIndices(at: node).map { frames[$0] }
    }

    /// Indices into `frames` of a node's frames, leaf first.
    func frameIndices(at node: Int32) -> [Int] {
        var result: [Int] = []
        var current = node
        while current >= 0 {
            result.append(Int(nodes[Int(current)].frame))
            current = nodes[Int(current)].parent
        }
        return result
    }

    private mutating func child(of parent: Int32, frame: Frame) -> Int32? {
        guard let frame = index(of: frame) else { return nil }
        let node = Node(parent: parent, frame: frame)
        if let known = nodeIndices[node] { return known }
        guard nodes.count < nodeLimit else { return nil }
        nodes.append(node)
        nodeIndices[node] = Int32(nodes.count - 1)
        return Int32(nodes.count - 1)
    }

    private mutating func index(of frame: Frame) -> Int32? {
        if let known = frameIndices[frame] { return known }
        guard frames.count < nodeLimit else { return nil }
        frames.append(frame)
        frameIndices[frame] = Int32(frames.count - 1)
        return Int32(frames.count - 1)
    }
}

extension StackTable.Weight {
    mutating func add(_ other: StackTable.Weight) {
        count &+= other.count
        period &+= other.period
    }
}
