import PerfModel
import PerfProfiles

/// The call tree as indented lines, cut to what a person can read.
///
/// Only a branch indents: a chain of calls with one way down stays in its column. Direct recursion is one line, and
/// the middle of a long chain in which nothing happens is left out, unless the layout is verbose.
struct CallTreeText {
    private let view: ProfileView
    private let layout: Report.Layout
    private let style: TextStyle
    private let tree: CallTree
    private let isShown: [Bool]
    /// Frames that call themselves directly somewhere.
    private let recursive: Set<Int>

    static let defaultLimit = 60
    /// Shares below this are of no interest unless `-v` is given.
    private static let threshold = 0.01
    /// Quiet calls in a row before the middle is left out.
    private static let longChain = 4

    init(_ view: ProfileView, layout: Report.Layout, limit: Int?) {
        var recursive: Set<Int> = []
        let tree = CallTree(view) { stack in
            guard !layout.isVerbose else { return stack[...] }
            var result: [Int] = []
            result.reserveCapacity(stack.count)
            for frame in stack {
                if result.last == frame { recursive.insert(frame) } else { result.append(frame) }
            }
            return result[...]
        }
        self.view = view
        self.layout = layout
        self.style = TextStyle(usesColor: layout.usesColor)
        self.tree = tree
        self.recursive = recursive
        self.isShown = Self.selection(of: tree, view: view, layout: layout, limit: limit)
    }

    /// The largest nodes; with each its parent, which is never smaller unless values are negative.
    private static func selection(
        of tree: CallTree, view: ProfileView, layout: Report.Layout, limit: Int?
    ) -> [Bool] {
        let least = layout.isVerbose ? 0 : Double(view.magnitude) * threshold
        let ranked = tree.nodes.indices.dropFirst()
            .filter { tree.nodes[$0].total != 0 && Double(saturatingMagnitude(tree.nodes[$0].total)) >= least }
            .sorted {
                let left = saturatingMagnitude(tree.nodes[$0].total)
                let right = saturatingMagnitude(tree.nodes[$1].total)
                return left == right ? $0 < $1 : left > right
            }
        var shown = [Bool](repeating: false, count: tree.nodes.count)
        shown[0] = true
        for node in ranked.prefix(limit ?? (layout.isVerbose ? ranked.count : defaultLimit)) { shown[node] = true }
        return shown
    }

    private struct Pending {
        var node: Int
        /// What stands before the name on its line and on those below it.
        var prefix: String
        var below: String
    }

    var lines: [String] {
        guard tree.nodes.count > 1 else { return [] }
        var lines = ["", style.heading(" total    self  call tree")]
        // A stack of its own: a thousand frames deep must not take a thousand calls.
        var pending: [Pending] = []
        push(children(of: 0), prefix: "", into: &pending)
        while let next = pending.popLast() {
            let (chainLines, last) = chain(from: next)
            lines += chainLines
            let children = children(of: last)
            push(children, prefix: next.below, into: &pending)
        }
        let hidden = tree.nodes.indices.dropFirst().count { !isShown[$0] && tree.nodes[$0].total != 0 }
        if hidden > 0 {
            lines.append("\(Quantity.counted(Int64(hidden), "smaller call")) not shown (--top N or -v shows more)")
        }
        return lines
    }

    private func children(of node: Int) -> [Int] {
        tree.nodes[node].children.filter { isShown[$0] }
    }

    private func push(_ children: [Int], prefix: String, into pending: inout [Pending]) {
        guard children.count > 1 else {
            // Only the outermost call comes here: further down, a chain takes an only child along.
            pending += children.map { Pending(node: $0, prefix: prefix, below: prefix) }
            return
        }
        for (index, child) in children.enumerated().reversed() {
            let isLast = index == children.count - 1
            pending.append(
                Pending(
                    node: child, prefix: prefix + (isLast ? "└ " : "├ "), below: prefix + (isLast ? "  " : "│ ")
                ))
        }
    }

    /// The lines of a node and of all below it as long as there is one way down, and where that ends.
    private func chain(from first: Pending) -> (lines: [String], last: Int) {
        var nodes = [first.node]
        while let last = nodes.last {
            let children = children(of: last)
            guard children.count == 1, let child = children.first else { break }
            nodes.append(child)
        }
        var lines: [String] = []
        var index = 0
        while index < nodes.count {
            let quiet = nodes[index...].prefix { isQuiet($0) }.count
            if !layout.isVerbose, index > 0, quiet > Self.longChain {
                let left = quiet - 2
                lines.append(
                    String(repeating: " ", count: 16) + indent(first.below) + style.faint("… \(left) calls in a row"))
                index += left
                continue
            }
            lines.append(line(of: nodes[index], prefix: index == 0 ? first.prefix : first.below))
            index += 1
        }
        return (lines, nodes.last ?? first.node)
    }

    /// Whether nothing of interest happens in a function itself.
    private func isQuiet(_ node: Int) -> Bool {
        Double(saturatingMagnitude(tree.nodes[node].selfValue)) < Double(view.magnitude) * Self.threshold
    }

    private func line(of index: Int, prefix: String) -> String {
        let node = tree.nodes[index]
        let total = Quantity.percent(node.total, of: view.magnitude).leftPadded(to: 6)
        let own = node.selfValue == 0 ? "" : Quantity.percent(node.selfValue, of: view.magnitude)
        let ratio = view.magnitude == 0 ? 0 : Double(node.selfValue) / Double(view.magnitude)
        let prefix = indent(prefix)
        var name = ""
        if let frame = node.frame {
            name = layout.shown(view.frames[frame].name)
            let note = recursive.contains(frame) ? " (recursive)" : ""
            if let width = layout.width, !layout.isVerbose {
                name = ShortName.of(name, width: max(16, width - 16 - prefix.count - note.count))
            }
            name += style.faint(note)
        }
        return "\(total)  \(style.share(own.leftPadded(to: 6), ratio: ratio))  \(style.faint(prefix))\(name)"
    }

    /// Indentation that leaves room for the name.
    private func indent(_ prefix: String) -> String {
        let limit = max(8, (layout.width ?? 160) / 2)
        return prefix.count <= limit ? prefix : "…" + prefix.suffix(limit - 1)
    }
}
