/// Identifiers and nominal types.
extension SwiftMangledTypeParser {
    mutating func identifier() -> Item? {
        var text: [UInt8] = []
        var hasWords = false
        var isEncoded = false
        if take("0") {
            if take("0") { isEncoded = true } else { hasWords = true }
        }
        repeat {
            while hasWords, position < bytes.count, let word = wordIndex(bytes[position]) {
                position += 1
                guard word.index < words.count else { return nil }
                text += words[word.index]
                hasWords = !word.isLast
            }
            if take("0") { break }
            guard let count = natural(), count > 0 else { return nil }
            if isEncoded { _ = take("_") }
            guard count <= bytes.count - position else { return nil }
            let part = Array(bytes[position..<position + count])
            position += count
            if isEncoded {
                // Swift's digits above 25 are A to J where others write 0 to 9.
                let start = part.lastIndex(of: UInt8(ascii: "_")).map { $0 + 1 } ?? 0
                let digits = part[start...].map { $0 >= 0x41 && $0 <= 0x4A ? $0 - 0x41 + 0x30 : $0 }
                guard let decoded = Punycode.decoded(part[..<start] + digits) else { return nil }
                text += decoded
            } else {
                text += part
                collectWords(part)
            }
        } while hasWords
        guard let name = String(validating: text, as: UTF8.self) else { return nil }
        let item = Item.identifier(name)
        substitutions.append(item)
        return item
    }

    private func wordIndex(_ byte: UInt8) -> (index: Int, isLast: Bool)? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): (Int(byte - UInt8(ascii: "a")), false)
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): (Int(byte - UInt8(ascii: "A")), true)
        default: nil
        }
    }

    /// Words that later identifiers may refer to: they begin behind `_` and at an upper case letter.
    private mutating func collectWords(_ text: [UInt8]) {
        func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
        var start: Int?
        for index in 0...text.count {
            let byte = index < text.count ? text[index] : 0
            let isEnd = byte == 0 || byte == UInt8(ascii: "_")
            if let begin = start, isEnd || (isUpper(byte) && !isUpper(text[index - 1])) {
                if index - begin >= 2, words.count < 26 { words.append(Array(text[begin..<index])) }
                start = nil
            }
            let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
            if start == nil, !isEnd, !isDigit { start = index }
        }
    }

    /// `Name in discriminator`.
    mutating func privateName() -> Item? {
        guard take("L"), let discriminator = popIdentifier(), let name = popIdentifier() else { return nil }
        return .identifier("(\(name) in \(discriminator))")
    }

    mutating func popContext() -> SwiftNominalName? {
        if let module = popIdentifier() { return SwiftNominalName(levels: [.init(text: module, isType: false)]) }
        guard case .nominal(let name, _) = stack.last else { return nil }
        stack.removeLast()
        return name
    }

    mutating func nominal(isProtocol: Bool) -> Item? {
        guard let name = popIdentifier(), let context = popContext(), context.levels.count < 64 else { return nil }
        let item = Item.nominal(
            SwiftNominalName(levels: context.levels + [.init(text: name)]), isProtocol: isProtocol)
        substitutions.append(item)
        return item
    }

    mutating func extensionContext() -> Item? {
        guard let module = popIdentifier(), var name = popContext(), !name.levels.isEmpty else { return nil }
        name.levels[0].text = "(extension in \(module)):" + name.levels[0].text
        return .nominal(name, isProtocol: false)
    }

    mutating func boundGeneric() -> Item? {
        var lists: [[String]] = []
        while true {
            var list: [String] = []
            while let type = popType() { list.append(type.text) }
            lists.append(list.reversed())
            if popEmptyList() { break }
            guard popFirstElement() else { return nil }
        }
        guard case .nominal(let name, let isProtocol) = stack.last else { return nil }
        stack.removeLast()
        let item = Item.nominal(name.binding(lists: lists), isProtocol: isProtocol)
        substitutions.append(item)
        return item
    }
}
