import PerfModel

/// Stacks as lines `root;…;leaf value`, the form that flame graph tools read.
package struct FoldedStacks: Sendable {
    /// One line for each distinct stack, without line ends, sorted.
    package let lines: [String]

    package init(_ view: ProfileView) {
        let names = view.frames.map { Self.escaped($0.name) }
        var values: [String: Int64] = [:]
        for (index, (value, _)) in view.stackTotals.enumerated() {
            let stack = view.stacks[index]
            let text = stack.isEmpty ? "[no stack]" : stack.map { names[$0] }.joined(separator: ";")
            values[text] = saturatingSum(values[text] ?? 0, value)
        }
        lines = values.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }

    /// A name that cannot be taken for the end of a frame or of a line.
    ///
    /// A semicolon becomes a colon, as the stackcollapse scripts have it; control characters become escapes.
    package static func escaped(_ name: String) -> String {
        let printable = name.printable
        guard printable.utf8.contains(UInt8(ascii: ";")) else { return printable }
        return String(printable.map { $0 == ";" ? ":" : $0 })
    }
}
