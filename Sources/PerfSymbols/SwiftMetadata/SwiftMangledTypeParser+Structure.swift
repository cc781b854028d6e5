/// Types without a declaration.
extension SwiftMangledTypeParser {
    mutating func tuple() -> Item? {
        if popEmptyList() { return .type(.tuple([])) }
        var elements: [String] = []
        var isFirst = false
        while !isFirst {
            isFirst = popFirstElement()
            var suffix = ""
            if case .variadic = stack.last {
                stack.removeLast()
                suffix = "..."
            }
            let label = popIdentifier()
            guard let type = popType() else { return nil }
            elements.append((label.map { $0 + ": " } ?? "") + type.text + suffix)
        }
        return .type(.tuple(elements.reversed()))
    }

    /// Names of the protocols in a list.
    mutating func protocols() -> [String]? {
        if popEmptyList() { return [] }
        var names: [String] = []
        var isFirst = false
        while !isFirst {
            isFirst = popFirstElement()
            if let type = popType() {
                names.append(type.text)
            } else {
                guard let name = popIdentifier(), let context = popContext() else { return nil }
                names.append(context.text + "." + name)
            }
        }
        return names.reversed()
    }

    mutating func extended() -> Item? {
        guard let byte = next() else { return nil }
        switch Character(UnicodeScalar(byte)) {
        case "A", "E", "f", "K": return function(convention: "")
        case "B": return function(convention: "@convention(block) ")
        case "C": return function(convention: "@convention(c) ")
        case "D", "e": return popType().map { .type($0) }
        case "b": return popType().map { .type(SwiftTypeText("box of " + $0.text)) }
        case "P": return constrainedExistential()
        case "X", "x": return box(isGeneric: byte == UInt8(ascii: "X"))
        case "M":
            guard next() != nil else { return nil }
            return popType().map { .type($0.metatype) }
        case "m":
            guard next() != nil else { return nil }
            return popType().map { .type($0.existentialMetatype) }
        case "p": return popType().map { .type($0.existentialMetatype) }
        case "l": return protocols().map { .type(.existential(protocols: $0, superclass: nil, isClass: true)) }
        case "c":
            guard let superclass = popType(), let names = protocols() else { return nil }
            return .type(.existential(protocols: names, superclass: superclass.text, isClass: false))
        case "w": return owned(.weak)
        case "o": return owned(.unowned)
        case "u": return owned(.unmanaged)
        default: return nil
        }
    }

    private mutating func owned(_ ownership: SwiftField.Ownership) -> Item? {
        self.ownership = ownership
        return popType().map { .type($0) }
    }
}
