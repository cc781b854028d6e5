/// A context descriptor: what a type, a protocol, a module or an extension is declared as.
struct SwiftContext: Sendable {
    enum Kind: UInt32, Sendable {
        case module = 0
        case `extension` = 1
        case anonymous = 2
        case `protocol` = 3
        case opaqueType = 4
        case `class` = 16
        case structure = 17
        case enumeration = 18
    }

    var descriptor: UInt64
    var kind: Kind
    var flags: UInt32
    var name: SwiftNominalName
    /// Generic parameters, those of outer types first: their kind, and 0x80 when metadata has an argument for them.
    var parameters: [UInt8] = []
    var packShapeCount = 0
    /// For each pack among the parameters where its length is.
    var packShapeClasses: [Int] = []
    /// Parameters that stand for one type by the declaration, with the mangled name's address.
    var sameTypes: [(index: Int, type: UInt64)] = []

    var isType: Bool { kind.rawValue >= Kind.class.rawValue }
    var isClassProtocol: Bool { kind == .protocol && flags >> 16 & 1 == 0 }
    var hasResilientSuperclass: Bool { kind == .class && flags >> 29 & 1 != 0 }
    var hasNegativeMembers: Bool { kind == .class && flags >> 28 & 1 != 0 }
}

extension SwiftMetadataReader {
    /// A declaration and its name from the module down.
    mutating func context(at descriptor: UInt64) -> SwiftContext? {
        if let known = known(descriptor) { return known }
        let context = nested { $0.readContext(at: descriptor) }
        if let context { keep(context, at: descriptor) }
        return context
    }

    private mutating func readContext(at descriptor: UInt64) -> SwiftContext? {
        guard descriptor % 4 == 0, let flags = memory.uint32(descriptor),
            let kind = SwiftContext.Kind(rawValue: flags & 0x1F)
        else { return nil }
        let parent: SwiftContext?
        if kind == .module {
            parent = nil
        } else {
            guard let address = memory.relativeIndirectable(descriptor &+ 4), address != descriptor,
                let outer = context(at: address)
            else { return nil }
            parent = outer
        }
        var context = SwiftContext(descriptor: descriptor, kind: kind, flags: flags, name: .init(levels: []))
        if flags & 0x80 != 0, !readGenerics(of: &context) { return nil }
        var levels = parent?.name.levels ?? []
        let outerCount = levels.reduce(0) { $0 + $1.parameterCount }
        let ownCount = max(0, context.parameters.count - outerCount)
        switch kind {
        case .module:
            guard let name = identifier(at: descriptor) else { return nil }
            levels = [.init(text: name, isType: false)]
        case .extension:
            guard let extended = memory.relative(descriptor &+ 8),
                var name = mangledNominal(at: extended), let first = name.levels.first
            else { return nil }
            let module = levels.first?.text ?? "_"
            name.levels[0].text = "(extension in \(module)):" + first.text
            for index in name.levels.indices { name.levels[index].arguments = [] }
            let known = name.levels.reduce(0) { $0 + $1.parameterCount }
            // A name without a descriptor does not tell how many parameters it has.
            if known < context.parameters.count, let last = name.levels.indices.last {
                name.levels[last].parameterCount += context.parameters.count - known
            }
            levels = name.levels
        case .anonymous:
            levels.append(.init(text: "(unknown context at $\(String(descriptor, radix: 16)))", isType: false))
        case .opaqueType:
            levels.append(.init(text: "some", isType: false))
        case .protocol, .class, .structure, .enumeration:
            guard let name = identifier(at: descriptor) else { return nil }
            levels.append(.init(text: name, parameterCount: ownCount))
        }
        guard levels.count <= Self.deepest else { return nil }
        context.name = SwiftNominalName(levels: levels)
        if !context.sameTypes.isEmpty || flags & 0x80 != 0 { readSameTypes(of: &context) }
        return context
    }

    /// Imported types may have another name behind their own.
    private mutating func identifier(at descriptor: UInt64) -> String? {
        guard let address = memory.relative(descriptor &+ 8), let name = memory.string(address, limit: 512),
            !name.isEmpty
        else { return nil }
        return name
    }

    private static func genericHeaderOffset(_ kind: SwiftContext.Kind) -> UInt64? {
        switch kind {
        case .extension: 12
        case .anonymous, .opaqueType: 8
        case .class: 44 + 8
        case .structure, .enumeration: 28 + 8
        case .module, .protocol: nil
        }
    }

    /// Parameters and packs; false where they make no sense.
    private mutating func readGenerics(of context: inout SwiftContext) -> Bool {
        guard let offset = Self.genericHeaderOffset(context.kind) else { return true }
        let header = context.descriptor &+ offset
        guard let count = memory.uint16(header), let requirements = memory.uint16(header &+ 2),
            let flags = memory.uint16(header &+ 6), count <= 64, requirements <= 512
        else { return false }
        for index in 0..<UInt64(count) {
            guard let parameter = memory.byte(header &+ 8 &+ index) else { return false }
            context.parameters.append(parameter)
        }
        guard flags & 1 != 0 else { return true }
        let packs = header &+ 8 &+ (UInt64(count) + 3) / 4 * 4 &+ UInt64(requirements) * 12
        guard let packCount = memory.uint16(packs), let classes = memory.uint16(packs &+ 2), packCount <= 256 else {
            return false
        }
        context.packShapeCount = Int(classes)
        for index in 0..<UInt64(packCount) {
            let pack = packs &+ 4 &+ index * 8
            guard let kind = memory.uint16(pack), let shape = memory.uint16(pack &+ 4) else { return false }
            if kind == 0 { context.packShapeClasses.append(Int(shape)) }
        }
        return true
    }

    /// Requirements `Parameter == Type` where metadata has no argument for the parameter.
    private mutating func readSameTypes(of context: inout SwiftContext) {
        guard context.parameters.contains(where: { $0 & 0x80 == 0 }),
            let offset = Self.genericHeaderOffset(context.kind),
            let count = memory.uint16(context.descriptor &+ offset &+ 2), count <= 512
        else { return }
        let parameters = UInt64(context.parameters.count)
        let start = context.descriptor &+ offset &+ 8 &+ (parameters + 3) / 4 * 4
        let names = context.parameters.indices.map { "\u{1}\($0)" }
        let probe = SwiftGenericArguments(
            texts: names, levelCounts: context.name.levels.map(\.parameterCount).filter { $0 > 0 })
        for index in 0..<UInt64(count) {
            let requirement = start &+ index * 12
            guard let flags = memory.uint32(requirement), flags & 0x1F == 1,
                let parameter = memory.relative(requirement &+ 4), let type = memory.relative(requirement &+ 8),
                let text = mangledType(at: parameter, arguments: probe)?.text,
                let position = names.firstIndex(of: text), context.parameters[position] & 0x80 == 0
            else { continue }
            context.sameTypes.append((position, type))
        }
    }
}
