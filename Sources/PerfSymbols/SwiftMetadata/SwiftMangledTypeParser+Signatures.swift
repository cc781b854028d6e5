/// Requirements of generic parameters, and boxes that have them.
extension SwiftMangledTypeParser {
    /// `any Sequence<Int>`: the protocols, and what their associated types have to be.
    mutating func constrainedExistential() -> Item? {
        var requirements: [String] = []
        var isFirst = false
        while !isFirst {
            isFirst = popFirstElement()
            guard case .requirement(let text) = stack.popLast() else { return nil }
            requirements.append(text)
        }
        guard let base = popType() else { return nil }
        return .type(
            SwiftTypeText("any \(base.text)<\(requirements.reversed().joined(separator: ", "))>", .existential))
    }

    /// Of one level of parameters, which is all that types need.
    mutating func signature() -> Item? {
        while case .requirement = stack.last { stack.removeLast() }
        return .signature
    }

    mutating func requirement() -> Item? {
        guard let kind = next() else { return nil }
        switch Character(UnicodeScalar(kind)) {
        case "t":
            guard let subject = requirementSubject(), let member = popAssociatedType(), let type = popType() else {
                return nil
            }
            return .requirement("\(subject).\(member) == \(type.text)")
        case "s":
            guard let subject = requirementSubject(), let type = popType() else { return nil }
            return .requirement("\(subject) == \(type.text)")
        case "p":
            guard let subject = requirementSubject(), let member = popAssociatedType(), let type = popType() else {
                return nil
            }
            return .requirement("\(subject).\(member): \(type.text)")
        case "z", "_", "d", "0"..."9":
            position -= 1
            guard let subject = requirementSubject(), let type = popType() else { return nil }
            return .requirement("\(subject): \(type.text)")
        default: return nil
        }
    }

    private mutating func requirementSubject() -> String? {
        if take("z") { return arguments.text(depth: 0, index: 0) }
        if take("s") { return "Self" }
        if take("d") {
            guard let depth = index(), let number = index() else { return nil }
            return arguments.text(depth: depth + 1, index: number)
        }
        return index().map { arguments.text(depth: 0, index: $0 + 1) }
    }

    /// `Swift.Sequence.Element`, the protocol being optional.
    private mutating func popAssociatedType() -> String? {
        var name = ""
        if case .nominal(let nominal, true) = stack.last {
            stack.removeLast()
            name = nominal.text + "."
        }
        return popIdentifier().map { name + $0 }
    }

    /// Captured variables, which share a box.
    mutating func box(isGeneric: Bool) -> Item? {
        if isGeneric {
            guard case .signature = stack.popLast(), popList() != nil else { return nil }
        }
        guard let fields = popList() else { return nil }
        let texts = fields.map { $0.hasPrefix("inout ") ? String($0.dropFirst("inout ".count)) : $0 }
        return .type(SwiftTypeText("box of " + (texts.count == 1 ? texts[0] : SwiftTypeText.tuple(texts).text)))
    }

    mutating func popList() -> [String]? {
        if popEmptyList() { return [] }
        var texts: [String] = []
        var isFirst = false
        while !isFirst {
            isFirst = popFirstElement()
            guard let type = popType() else { return nil }
            texts.append(type.text)
        }
        return texts.reversed()
    }
}
