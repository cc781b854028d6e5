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
    /// Indices of `nodes` by parent and frame; open addressing, -1 where free.
    private var slots: [Int32] = Array(repeating: -1, count: 4096)
    /// Unknown to those who choose the addresses that a profiler sees.
    private let seeds = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
    /// The last stack's frames and nodes, outermost first: most stacks share some with the one before.
    private var lastFrames: [Frame] = []
    private var lastNodes: [Int32] = []

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
        let node = intern(stack)
        if node.isCut { overflowCount &+= weight.count }
        let key = Key(node: node.index, thread: thread, end: node.isCut ? .truncated : end)
        samples[key, default: Weight()].add(weight)
        return key
    }

    /// The node of a stack, leaf first; -1 for an empty one.
    ///
    /// One that is cut had no room for all of its frames.
    mutating func intern(_ stack: [Frame]) -> (index: Int32, isCut: Bool) {
        var node: Int32 = -1
        var depth = 0
        var position = stack.count - 1
        while position >= 0, depth < lastFrames.count, lastFrames[depth] == stack[position] {
            node = lastNodes[depth]
            depth += 1
            position -= 1
        }
        lastFrames.removeLast(lastFrames.count - depth)
        lastNodes.removeLast(lastNodes.count - depth)
        while position >= 0 {
            guard let next = child(of: node, frame: stack[position]) else { return (node, true) }
            node = next
            lastFrames.append(stack[position])
            lastNodes.append(next)
            position -= 1
        }
        return (node, false)
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
        var slot = firstSlot(parent, frame)
        while slots[slot] >= 0 {
            let node = nodes[Int(slots[slot])]
            if node.parent == parent, frames[Int(node.frame)] == frame { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        guard let index = index(of: frame), nodes.count < nodeLimit else { return nil }
        slots[slot] = Int32(nodes.count)
        nodes.append(Node(parent: parent, frame: index))
        if nodes.count > slots.count / 2 { enlarge() }
        return Int32(nodes.count - 1)
    }

    private func firstSlot(_ parent: Int32, _ frame: Frame) -> Int {
        let place = UInt64(UInt32(bitPattern: parent)) << 32 | UInt64(UInt32(bitPattern: frame.image))
        let product = (place ^ seeds.0).multipliedFullWidth(by: frame.address.rawValue ^ seeds.1)
        return Int(truncatingIfNeeded: product.high ^ product.low) & (slots.count - 1)
    }

    private mutating func enlarge() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (index, node) in nodes.enumerated() {
            var slot = firstSlot(node.parent, frames[Int(node.frame)])
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
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
