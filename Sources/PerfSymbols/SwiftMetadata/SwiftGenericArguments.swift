/// What the generic parameters of a type stand for.
struct SwiftGenericArguments: Sendable {
    /// In the order of the parameters, those of outer types first.
    var texts: [String] = []
    /// How many parameters each level of nesting adds; levels that add none are left out.
    var levelCounts: [Int] = []

    /// A parameter by its depth and its index there; named as in source when it has no argument.
    func text(depth: Int, index: Int) -> String {
        if depth < levelCounts.count, index < levelCounts[depth] {
            let position = levelCounts[..<depth].reduce(0, +) + index
            if position < texts.count { return texts[position] }
        }
        // As demanglers do: A, B, …, then A1 for the next level.
        guard depth < 1000, index < 26 else { return "_" }
        let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))
        return depth == 0 ? letter : letter + String(depth)
    }
}
