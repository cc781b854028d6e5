/// Types without a declaration.
extension SwiftMetadataReader {
    private static let mostElements: UInt64 = 128

    private mutating func text(ofTypeIn slot: UInt64) -> String {
        let text = memory.word(slot).flatMap { type(at: $0) }
        return (text ?? .unknown).text
    }

    /// Types of the compiler, which metadata does not name; a few have a size that gives them away.
    mutating func opaque(at metadata: UInt64) -> SwiftTypeText? {
        guard let table = memory.word(metadata &- 8), let size = memory.word(table &+ 64) else { return nil }
        return SwiftTypeText(size > 0 && size <= 64 ? "Builtin.Int\(size * 8)" : "Builtin.Unknown")
    }

    mutating func tuple(at metadata: UInt64) -> SwiftTypeText? {
        guard let count = memory.word(metadata &+ 8), count <= Self.mostElements else { return nil }
        let labels = memory.word(metadata &+ 16).flatMap { $0 == 0 ? nil : memory.string($0) }
        let names = (labels ?? "").split(separator: " ", omittingEmptySubsequences: false)
        var elements: [String] = []
        for index in 0..<count {
            let type = text(ofTypeIn: metadata &+ 24 &+ index * 16)
            let name = Int(index) < names.count ? names[Int(index)] : ""
            elements.append(name.isEmpty ? type : name + ": " + type)
        }
        return .tuple(elements)
    }

    mutating func fixedArray(at metadata: UInt64) -> SwiftTypeText? {
        guard let count = memory.word(metadata &+ 8) else { return nil }
        return SwiftTypeText("Builtin.FixedArray<\(Int64(bitPattern: count)), \(text(ofTypeIn: metadata &+ 16))>")
    }

    mutating func function(at metadata: UInt64) -> SwiftTypeText? {
        guard let flags = memory.word(metadata &+ 8), flags & 0xFFFF <= Self.mostElements else { return nil }
        let count = flags & 0xFFFF
        var function = SwiftFunctionText()
        switch flags >> 16 & 0xFF {
        case 1: function.convention = "@convention(block) "
        case 2: function.convention = "@convention(thin) "
        case 3: function.convention = "@convention(c) "
        default: break
        }
        function.isSendable = flags & 1 << 30 != 0
        function.isAsync = flags & 1 << 29 != 0
        function.result = text(ofTypeIn: metadata &+ 16)

        var next = metadata &+ 24 &+ count * 8
        let parameterFlags = next
        if flags & 1 << 25 != 0 { next &+= (count * 4 + 7) & ~7 }
        var parameters: [String] = []
        for index in 0..<count {
            let type = text(ofTypeIn: metadata &+ 24 &+ index * 8)
            let ownership = flags & 1 << 25 != 0 ? memory.uint32(parameterFlags &+ index * 4) ?? 0 : 0
            parameters.append(Self.parameter(type, flags: ownership))
        }
        function.parameters = "(" + parameters.joined(separator: ", ") + ")"

        if flags & 1 << 27 != 0 { next &+= 8 }
        if flags & 1 << 28 != 0 {
            function.globalActor = text(ofTypeIn: next)
            next &+= 8
        }
        var extended: UInt32 = 0
        if flags & 1 << 31 != 0 {
            extended = memory.uint32(next) ?? 0
            next &+= 8
        }
        function.isIsolatedAny = extended & 0xE == 0x2
        function.isNonisolatedCaller = extended & 0xE == 0x4
        function.hasSendingResult = extended & 0x10 != 0
        if flags & 1 << 24 != 0 { function.thrown = extended & 1 != 0 ? text(ofTypeIn: next) : "" }
        return function.type
    }

    private static func parameter(_ type: String, flags: UInt32) -> String {
        var text = type
        switch flags & 0x7F {
        case 1: text = "inout " + text
        case 3: text = "__owned " + text
        default: break
        }
        if flags & 0x400 != 0 { text = "isolated " + text }
        if flags & 0x800 != 0 { text = "sending " + text }
        if flags & 0x80 != 0 { text += "..." }
        return text
    }

    mutating func existential(at metadata: UInt64) -> SwiftTypeText? {
        guard let flags = memory.uint32(metadata &+ 8), let count = memory.uint32(metadata &+ 12), count <= 64 else {
            return nil
        }
        let hasSuperclass = flags & 0x4000_0000 != 0
        var next = metadata &+ 16
        var superclass: String?
        if hasSuperclass {
            superclass = text(ofTypeIn: next)
            next &+= 8
        }
        var protocols: [String] = []
        var isClass = flags & 0x8000_0000 == 0
        for index in 0..<UInt64(count) {
            guard let descriptor = memory.word(next &+ index * 8), let context = context(at: descriptor & ~1) else {
                protocols.append(SwiftTypeText.unknown.text)
                continue
            }
            protocols.append(context.name.text)
            if context.isClassProtocol { isClass = false }
        }
        return .existential(protocols: protocols, superclass: superclass, isClass: isClass)
    }

    /// `any Sequence<Int>`: its shape has the type with parameters for the arguments.
    mutating func extendedExistential(at metadata: UInt64) -> SwiftTypeText? {
        guard let shape = memory.word(metadata &+ 8), let flags = memory.uint32(shape),
            let type = memory.relative(shape &+ 4)
        else { return nil }
        // The generic signature of the arguments follows the requirements' header where there is one of its own.
        var arguments = SwiftGenericArguments()
        var offset: UInt64 = 16
        for flag: UInt32 in [0x200, 0x400] where flags & flag != 0 { offset += 4 }
        if flags & 0x100 != 0, let count = memory.uint16(shape &+ offset), count <= 16 {
            arguments.levelCounts = [Int(count)]
            for index in 0..<UInt64(count) { arguments.texts.append(text(ofTypeIn: metadata &+ 16 &+ index * 8)) }
        }
        return mangledType(at: type, arguments: arguments)
    }
}
