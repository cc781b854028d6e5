/// Reads the manglings of types that metadata refers to: docs/ABI/Mangling.rst of the Swift project, without entities.
///
/// What is not known ends the reading with nil.
struct SwiftMangledTypeParser {
    typealias Item = SwiftMangledTypeItem
    private static let mostItems = 1024

    private let bytes: [UInt8]
    private let address: UInt64
    private let arguments: SwiftGenericArguments
    private var position = 0
    private var stack: [Item] = []
    private var substitutions: [Item] = []
    private var words: [[UInt8]] = []
    private(set) var ownership = SwiftField.Ownership.strong

    init(name: SwiftMangledType, arguments: SwiftGenericArguments) {
        bytes = name.bytes
        address = name.address
        self.arguments = arguments
    }

    /// The one item that the whole name amounts to.
    mutating func parse(with reader: inout SwiftMetadataReader) -> Item? {
        while position < bytes.count {
            guard stack.count < Self.mostItems, substitutions.count < Self.mostItems,
                let item = parseOperator(&reader)
            else { return nil }
            if let item = item.pushed { stack.append(item) }
        }
        return stack.count == 1 ? stack[0] : nil
    }

    /// An operator that was understood; padding pushes nothing.
    private struct Outcome {
        var pushed: Item?
    }

    private mutating func parseOperator(_ reader: inout SwiftMetadataReader) -> Outcome? {
        let byte = bytes[position]
        switch byte {
        case 0xFF:
            position += 1
            return Outcome()
        case 0x01...0x1F: return reference(&reader).map { Outcome(pushed: $0) }
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return identifier().map { Outcome(pushed: $0) }
        default:
            position += 1
            return pushing(byte).map { Outcome(pushed: $0) }
        }
    }

    private mutating func pushing(_ byte: UInt8) -> Item? {
        switch Character(UnicodeScalar(byte)) {
        case "A": substitution()
        case "B": builtin()
        case "C", "V", "O", "a": nominal(isProtocol: false)
        case "P": nominal(isProtocol: true)
        case "G": boundGeneric()
        case "E": extensionContext()
        case "I": loweredFunction()
        case "K": .throwing
        case "L": privateName()
        case "R": requirement()
        case "S": standard()
        case "X": extended()
        case "Y": functionMark()
        case "_": .firstElement
        case "c": function(convention: "")
        case "d": .variadic
        case "h": popType().map { .type(SwiftTypeText("__shared " + $0.text)) }
        case "l": signature()
        case "m": popType().map { .type($0.metatype) }
        case "n": popType().map { .type(SwiftTypeText("__owned " + $0.text)) }
        case "p": protocols().map { .type(.existential(protocols: $0, superclass: nil, isClass: false)) }
        case "q": parameter()
        case "s": .identifier("Swift")
        case "t": tuple()
        case "x": .type(SwiftTypeText(arguments.text(depth: 0, index: 0)))
        case "y": .emptyList
        case "z": popType().map { .type(SwiftTypeText("inout " + $0.text)) }
        default: nil
        }
    }

    // MARK: Stack and text

    private mutating func popType() -> SwiftTypeText? {
        guard let type = stack.last?.type else { return nil }
        stack.removeLast()
        return type
    }

    private mutating func popEmptyList() -> Bool {
        guard case .emptyList = stack.last else { return false }
        stack.removeLast()
        return true
    }

    private mutating func popFirstElement() -> Bool {
        guard case .firstElement = stack.last else { return false }
        stack.removeLast()
        return true
    }

    private mutating func popIdentifier() -> String? {
        guard case .identifier(let text) = stack.last else { return nil }
        stack.removeLast()
        return text
    }

    private mutating func take(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// Digits; nil where there are none.
    private mutating func natural() -> Int? {
        var value: Int?
        while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
            value = (value ?? 0) * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
            guard value ?? 0 < 1 << 16 else { return nil }
        }
        return value
    }

    /// `_` is 0, `0_` is 1.
    private mutating func index() -> Int? {
        if take("_") { return 0 }
        guard let number = natural(), take("_") else { return nil }
        return number + 1
    }

    // MARK: References and substitutions

    private mutating func reference(_ reader: inout SwiftMetadataReader) -> Item? {
        let kind = bytes[position]
        let start = position + 1
        guard kind <= 0x17, start + 4 <= bytes.count else { return nil }
        var raw: UInt32 = 0
        for index in 0..<4 { raw |= UInt32(bytes[start + index]) << UInt32(8 * index) }
        position = start + 4
        let target = address &+ UInt64(start) &+ UInt64(bitPattern: Int64(Int32(bitPattern: raw)))
        let descriptor = kind == 1 ? target : kind == 2 ? reader.memory.word(target) : nil
        guard let descriptor, let context = reader.context(at: descriptor), context.isType || context.kind == .protocol
        else { return nil }
        let item = Item.nominal(context.name, isProtocol: context.kind == .protocol)
        substitutions.append(item)
        return item
    }

    private mutating func substitution() -> Item? {
        var repeats: Int?
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                guard repeatSubstitution(Int(byte - UInt8(ascii: "a")), times: repeats ?? 1) else { return nil }
                repeats = nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                let index = Int(byte - UInt8(ascii: "A"))
                guard index < substitutions.count, repeatSubstitution(index, times: (repeats ?? 1) - 1) else {
                    return nil
                }
                return substitutions[index]
            case UInt8(ascii: "_"):
                let index = (repeats ?? -1) + 27
                return index < substitutions.count ? substitutions[index] : nil
            default:
                position -= 1
                repeats = natural()
                if repeats == nil { return nil }
            }
        }
        return nil
    }

    private mutating func repeatSubstitution(_ index: Int, times: Int) -> Bool {
        guard index < substitutions.count, times <= 256, stack.count + times <= Self.mostItems else { return false }
        for _ in 0..<max(0, times) { stack.append(substitutions[index]) }
        return true
    }

    private mutating func standard() -> Item? {
        if take("o") { return .identifier("__C") }
        if take("C") { return .identifier("__C_Synthesized") }
        if take("g") {
            guard let wrapped = popType() else { return nil }
            let optional = Item.type(SwiftTypeText("Swift.Optional<" + wrapped.text + ">"))
            substitutions.append(optional)
            return optional
        }
        let repeats = natural() ?? 1
        let table = take("c") ? SwiftStandardTypes.concurrency : SwiftStandardTypes.first
        guard let byte = next(), let known = table[byte], repeats <= 256 else { return nil }
        let levels: [SwiftNominalName.Level] = [.init(text: "Swift", isType: false), .init(text: known.name)]
        let item = Item.nominal(SwiftNominalName(levels: levels), isProtocol: known.isProtocol)
        for _ in 0..<max(0, repeats - 1) { stack.append(item) }
        return item
    }

    private mutating func builtin() -> Item? {
        guard let byte = next() else { return nil }
        switch byte {
        case UInt8(ascii: "i"):
            guard let bits = index() else { return nil }
            return .type(SwiftTypeText("Builtin.Int\(bits - 1)"))
        case UInt8(ascii: "f"):
            guard let bits = index() else { return nil }
            return .type(SwiftTypeText("Builtin.FPIEEE\(bits - 1)"))
        case UInt8(ascii: "v"):
            guard let count = index(), let element = popType() else { return nil }
            let name = element.text.split(separator: ".").last.map(String.init) ?? element.text
            return .type(SwiftTypeText("Builtin.Vec\(count - 1)x\(name)"))
        case UInt8(ascii: "V"):
            guard let element = popType(), let count = popType() else { return nil }
            return .type(SwiftTypeText("Builtin.FixedArray<\(count.text), \(element.text)>"))
        default: return SwiftStandardTypes.builtin[byte].map { .type(SwiftTypeText("Builtin." + $0)) }
        }
    }

    /// `x` is the first parameter; `q_`, `q0_`, … the others of its depth; `qd_0_` of deeper ones.
    private mutating func parameter() -> Item? {
        let depth: Int
        if take("d") {
            guard let number = index() else { return nil }
            depth = number + 1
        } else {
            depth = 0
        }
        guard let number = index() else { return nil }
        return .type(SwiftTypeText(arguments.text(depth: depth, index: depth == 0 ? number + 1 : number)))
    }

    // MARK: Identifiers and nominal types

    private mutating func identifier() -> Item? {
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
                let digits = part.map { $0 >= 0x41 && $0 <= 0x4A ? $0 - 0x41 + 0x30 : $0 }
                guard let decoded = Punycode.decoded(digits) else { return nil }
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
    private mutating func privateName() -> Item? {
        guard take("L"), let discriminator = popIdentifier(), let name = popIdentifier() else { return nil }
        return .identifier("(\(name) in \(discriminator))")
    }

    private mutating func popContext() -> SwiftNominalName? {
        if let module = popIdentifier() { return SwiftNominalName(levels: [.init(text: module, isType: false)]) }
        guard case .nominal(let name, _) = stack.last else { return nil }
        stack.removeLast()
        return name
    }

    private mutating func nominal(isProtocol: Bool) -> Item? {
        guard let name = popIdentifier(), let context = popContext(), context.levels.count < 64 else { return nil }
        let item = Item.nominal(
            SwiftNominalName(levels: context.levels + [.init(text: name)]), isProtocol: isProtocol)
        substitutions.append(item)
        return item
    }

    private mutating func extensionContext() -> Item? {
        guard let module = popIdentifier(), var name = popContext(), !name.levels.isEmpty else { return nil }
        name.levels[0].text = "(extension in \(module)):" + name.levels[0].text
        return .nominal(name, isProtocol: false)
    }

    private mutating func boundGeneric() -> Item? {
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

    // MARK: Structural types

    private mutating func tuple() -> Item? {
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
    private mutating func protocols() -> [String]? {
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

    private mutating func extended() -> Item? {
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

    private mutating func functionMark() -> Item? {
        guard let byte = next() else { return nil }
        switch Character(UnicodeScalar(byte)) {
        case "a": return .async
        case "b": return .sendable
        case "A": return .isolatedAny
        case "C": return .nonisolatedCaller
        case "T": return .sendingResult
        case "K": return popType().map { .typedThrows($0.text) }
        case "c": return popType().map { .globalActor($0.text) }
        case "i": return popType().map { .type(SwiftTypeText("isolated " + $0.text)) }
        case "u": return popType().map { .type(SwiftTypeText("sending " + $0.text)) }
        case "t": return popType().map { .type($0) }
        default: return nil
        }
    }

    private mutating func function(convention: String) -> Item? {
        var function = SwiftFunctionText()
        function.convention = convention
        marks: while true {
            switch stack.last {
            case .throwing: function.thrown = ""
            case .typedThrows(let type): function.thrown = type
            case .async: function.isAsync = true
            case .sendable: function.isSendable = true
            case .isolatedAny: function.isIsolatedAny = true
            case .nonisolatedCaller: function.isNonisolatedCaller = true
            case .globalActor(let type): function.globalActor = type
            case .sendingResult: function.hasSendingResult = true
            default: break marks
            }
            stack.removeLast()
        }
        if !popEmptyList() {
            guard let type = popType() else { return nil }
            function.parameters = type.form == .tuple ? type.text : "(" + type.text + ")"
        }
        if !popEmptyList() {
            guard let type = popType() else { return nil }
            function.result = type.text
        }
        return .type(function.type)
    }

    /// A function as the code generator sees it, which is what closures capture; conventions are left out.
    private mutating func loweredFunction() -> Item? {
        var function = SwiftFunctionText()
        if take("P") {}
        if take("e") {}
        if take("A") { function.isIsolatedAny = true }
        for kind in ["d", "l", "f", "r"] as [Character] where take(kind) { break }
        guard let callee = next(), [UInt8]("ygxt".utf8).contains(callee) else { return nil }
        for kind in ["B", "C", "M", "J", "K", "W"] as [Character] where take(kind) {
            if kind == "B" { function.convention = "@convention(block) " }
            if kind == "C" { function.convention = "@convention(c) " }
            break
        }
        for kind in ["A", "I", "G"] as [Character] where take(kind) { break }
        function.isSendable = take("h")
        function.isAsync = take("H")
        function.hasSendingResult = take("T")
        var parameterCount = 0
        var resultCount = 0
        while position < bytes.count, [UInt8]("iclbnXxgeyvpm".utf8).contains(bytes[position]) {
            position += 1
            parameterCount += 1
            for mark in ["w", "T", "I", "L"] as [Character] where take(mark) { continue }
        }
        while position < bytes.count, [UInt8]("rodualgk".utf8).contains(bytes[position]) {
            position += 1
            resultCount += 1
            _ = take("w")
        }
        var isThrowing = false
        if take("z") {
            guard next() != nil else { return nil }
            isThrowing = true
        }
        guard take("_") else { return nil }
        if isThrowing {
            guard let error = popType() else { return nil }
            function.thrown = error.text == "Swift.Error" ? "" : error.text
        }
        guard let results = popTypes(resultCount), let parameters = popTypes(parameterCount) else { return nil }
        function.result = results.count == 1 ? results[0] : "(" + results.joined(separator: ", ") + ")"
        function.parameters = "(" + parameters.joined(separator: ", ") + ")"
        return .type(function.type)
    }

    private mutating func popTypes(_ count: Int) -> [String]? {
        var texts: [String] = []
        for _ in 0..<count {
            guard let type = popType() else { return nil }
            texts.append(type.text)
        }
        return texts.reversed()
    }

    // MARK: Generic signatures

    /// `any Sequence<Int>`: the protocols, and what their associated types have to be.
    private mutating func constrainedExistential() -> Item? {
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
    private mutating func signature() -> Item? {
        while case .requirement = stack.last { stack.removeLast() }
        return .signature
    }

    private mutating func requirement() -> Item? {
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
    private mutating func box(isGeneric: Bool) -> Item? {
        if isGeneric {
            guard case .signature = stack.popLast(), popList() != nil else { return nil }
        }
        guard let fields = popList() else { return nil }
        let texts = fields.map { $0.hasPrefix("inout ") ? String($0.dropFirst("inout ".count)) : $0 }
        return .type(SwiftTypeText("box of " + (texts.count == 1 ? texts[0] : SwiftTypeText.tuple(texts).text)))
    }

    private mutating func popList() -> [String]? {
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
