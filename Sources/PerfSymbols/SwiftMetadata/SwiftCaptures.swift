/// The values that a closure's context or a box holds.
struct SwiftCaptures: Sendable {
    var types: [String]
    /// Whether the object keeps the types that generic parameters stand for, which boxes never do.
    var isGeneric: Bool

    var isBox: Bool { types.count == 1 && !isGeneric }

    var text: String {
        if isBox { return "box of " + types[0] }
        return types.isEmpty ? "closure" : "closure (" + types.joined(separator: ", ") + ")"
    }
}
