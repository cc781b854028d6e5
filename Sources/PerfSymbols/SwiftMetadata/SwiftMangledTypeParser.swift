/// Reads the manglings of types that metadata refers to: docs/ABI/Mangling.rst of the Swift project, without entities.
///
/// What is not known ends the reading with nil.
struct SwiftMangledTypeParser {
    typealias Item = SwiftMangledTypeItem
    static let mostItems = 1024

    let bytes: [UInt8]
    let address: UInt64
    let arguments: SwiftGenericArguments
    var position = 0
    var stack: [Item] = []
    var substitutions: [Item] = []
    var words: [[UInt8]] = []
    var ownership = SwiftField.Ownership.strong

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

    mutating func popType() -> SwiftTypeText? {
        guard let type = stack.last?.type else { return nil }
        stack.removeLast()
        return type
    }

    mutating func popEmptyList() -> Bool {
        guard case .emptyList = stack.last else { return false }
        stack.removeLast()
        return true
    }

    mutating func popFirstElement() -> Bool {
        guard case .firstElement = stack.last else { return false }
        stack.removeLast()
        return true
    }

    mutating func popIdentifier() -> String? {
        guard case .identifier(let text) = stack.last else { return nil }
        stack.removeLast()
        return text
    }

    mutating func take(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// Digits; nil where there are none.
    mutating func natural() -> Int? {
        var value: Int?
        while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
            value = (value ?? 0) * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
            guard value ?? 0 < 1 << 16 else { return nil }
        }
        return value
    }

    /// `_` is 0, `0_` is 1.
    mutating func index() -> Int? {
        if take("_") { return 0 }
        guard let number = natural(), take("_") else { return nil }
        return number + 1
    }
}
