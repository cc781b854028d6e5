/// Demangled Swift names without what nobody reads: the names of the standard modules and private discriminators.
package enum ReadableName {
    /// Modules that every reader knows.
    private static let knownModules = ["Swift.", "Foundation.", "FoundationEssentials.", "_Concurrency.", "Dispatch."]
    private static let extensionStart = "(extension in "
    private static let privateStart = " in _"

    /// The name as people write it: `(parse in _A1B2…)(Swift.Int)` becomes `parse(Int)`.
    package static func of(_ name: String) -> String {
        guard name.contains(".") || name.contains(privateStart) else { return name }
        var result = ""
        result.reserveCapacity(name.utf8.count)
        var rest = name[...]
        var previous: Character = " "
        while let first = rest.first {
            if !previous.isPartOfWord, let module = knownModules.first(where: { rest.hasPrefix($0) }) {
                rest.removeFirst(module.count)
                continue
            }
            if first == "(", let (inner, after) = privateName(in: rest) ?? extensionName(in: rest) {
                result += inner
                previous = inner.last ?? "("
                rest = after
                continue
            }
            result.append(first)
            previous = first
            rest.removeFirst()
        }
        return result
    }

    /// `(name in _HEXADECIMAL)` at the start of the text: the name, and what follows.
    private static func privateName(in text: Substring) -> (String, Substring)? {
        guard let mark = text.firstRange(of: privateStart), let end = text[mark.upperBound...].firstIndex(of: ")"),
            !text[mark.upperBound..<end].isEmpty, text[mark.upperBound..<end].allSatisfy(\.isHexDigit)
        else { return nil }
        let inner = text[text.index(after: text.startIndex)..<mark.lowerBound]
        guard !inner.contains(where: { "() ".contains($0) }) else { return nil }
        return (String(inner), text[text.index(after: end)...])
    }

    /// `(extension in Module):` at the start of the text is dropped.
    private static func extensionName(in text: Substring) -> (String, Substring)? {
        guard text.hasPrefix(extensionStart), let end = text.firstIndex(of: ")") else { return nil }
        let after = text.index(after: end)
        guard after < text.endIndex, text[after] == ":" else { return nil }
        return ("", text[text.index(after: after)...])
    }
}

extension Character {
    fileprivate var isPartOfWord: Bool { isLetter || isNumber || self == "_" || self == "." }
}
