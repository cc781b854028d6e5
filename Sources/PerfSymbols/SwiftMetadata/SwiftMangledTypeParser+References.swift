/// Descriptors, substitutions and short manglings.
extension SwiftMangledTypeParser {
    mutating func reference(_ reader: inout SwiftMetadataReader) -> Item? {
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

    mutating func substitution() -> Item? {
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

    mutating func standard() -> Item? {
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

    mutating func builtin() -> Item? {
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
    mutating func parameter() -> Item? {
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
}
