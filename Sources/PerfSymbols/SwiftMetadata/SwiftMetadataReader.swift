/// Turns Swift runtime metadata in memory into names.
///
/// Layouts: swift/ABI/Metadata.h and MetadataValues.h of Swift 5.9 to 6.3, 64-bit, without Objective-C. Metadata may be
/// anything: depth and work of each question are limited, and what makes no sense is named `_`.
struct SwiftMetadataReader: Sendable {
    static let deepest = 40
    /// Metadata, contexts and mangled names that one question may look at.
    static let mostSteps = 2000

    var memory: SwiftMetadataMemory
    private var types: [UInt64: SwiftTypeText] = [:]
    private var contexts: [UInt64: SwiftContext] = [:]
    private var depth = 0
    private var steps = 0
    private var isCutOff = false

    init(memory: SwiftMetadataMemory) {
        self.memory = memory
    }

    /// To be called before each question.
    mutating func begin() {
        depth = 0
        steps = 0
        isCutOff = false
        if types.count + contexts.count > 200_000 {
            types = [:]
            contexts = [:]
        }
    }

    /// Runs what may recurse; nil where it is too deep, or too much.
    mutating func nested<Value>(_ body: (inout Self) -> Value?) -> Value? {
        guard depth < Self.deepest, steps < Self.mostSteps else {
            isCutOff = true
            return nil
        }
        depth += 1
        steps += 1
        defer { depth -= 1 }
        return body(&self)
    }

    /// The type that metadata describes.
    mutating func type(at metadata: UInt64) -> SwiftTypeText? {
        if let known = types[metadata] { return known }
        let text = nested { (reader) -> SwiftTypeText? in
            guard metadata % 8 == 0, let kind = reader.memory.word(metadata) else { return nil }
            return reader.type(ofKind: kind, at: metadata)
        }
        // A type that was cut off by the limits of this question may be whole in another.
        if let text, !isCutOff { types[metadata] = text }
        return text
    }

    func known(_ descriptor: UInt64) -> SwiftContext? { contexts[descriptor] }

    mutating func keep(_ context: SwiftContext, at descriptor: UInt64) { contexts[descriptor] = context }

    private mutating func type(ofKind kind: UInt64, at metadata: UInt64) -> SwiftTypeText? {
        switch kind {
        case 0, 0x200...0x204: nominal(ofKind: kind, at: metadata).map { SwiftTypeText($0.text) }
        case 0x300: opaque(at: metadata)
        case 0x301: tuple(at: metadata)
        case 0x302: function(at: metadata)
        case 0x303: existential(at: metadata)
        case 0x304: memory.word(metadata &+ 8).flatMap { type(at: $0) }?.metatype
        case 0x306: memory.word(metadata &+ 8).flatMap { type(at: $0) }?.existentialMetatype
        case 0x307: extendedExistential(at: metadata)
        case 0x308: fixedArray(at: metadata)
        default: nil
        }
    }

    /// Class, struct, enum, optional, foreign class.
    mutating func nominal(ofKind kind: UInt64, at metadata: UInt64) -> SwiftNominalName? {
        guard let descriptor = memory.word(metadata &+ (kind == 0 ? 40 : 8)), let context = context(at: descriptor),
            context.isType
        else { return nil }
        guard !context.parameters.isEmpty else { return context.name }
        return context.name.binding(arguments(of: context, kind: kind, at: metadata).texts)
    }

    /// What the generic parameters of a type stand for in its metadata.
    mutating func arguments(of context: SwiftContext, kind: UInt64, at metadata: UInt64) -> SwiftGenericArguments {
        var result = SwiftGenericArguments(levelCounts: context.name.levels.map(\.parameterCount).filter { $0 > 0 })
        guard !context.parameters.isEmpty, let start = argumentStart(of: context, kind: kind, at: metadata) else {
            return result
        }
        var slot = start &+ UInt64(context.packShapeCount) * 8
        var packs = context.packShapeClasses[...]
        for parameter in context.parameters {
            guard parameter & 0x80 != 0 else {
                result.texts.append("_")
                continue
            }
            let word = memory.word(slot)
            slot &+= 8
            guard let word else {
                result.texts.append("_")
                continue
            }
            switch parameter & 0x3F {
            case 1:
                let shape = packs.popFirst() ?? 0
                result.texts.append(pack(at: word & ~1, count: memory.word(start &+ UInt64(shape) * 8) ?? 0))
            case 2: result.texts.append(String(Int64(bitPattern: word)))
            default: result.texts.append(type(at: word)?.text ?? SwiftTypeText.unknown.text)
            }
        }
        for (index, same) in context.sameTypes where index < result.texts.count {
            result.texts[index] = mangledType(at: same, arguments: result)?.text ?? "_"
        }
        return result
    }

    private mutating func argumentStart(of context: SwiftContext, kind: UInt64, at metadata: UInt64) -> UInt64? {
        guard kind == 0 else { return metadata &+ 16 }
        return firstImmediateMember(of: context).map { metadata &+ UInt64(bitPattern: $0 * 8) }
    }

    /// Where a class's own part of its metadata begins, in words from the metadata.
    mutating func firstImmediateMember(of context: SwiftContext) -> Int64? {
        let descriptor = context.descriptor
        if context.hasResilientSuperclass {
            guard let bounds = memory.relative(descriptor &+ 24), let offset = memory.word(bounds) else { return nil }
            let bytes = Int64(bitPattern: offset)
            return bytes.magnitude < 1 << 20 ? bytes / 8 : nil
        }
        guard let negative = memory.uint32(descriptor &+ 24), let positive = memory.uint32(descriptor &+ 28),
            let members = memory.uint32(descriptor &+ 32), positive < 1 << 20, negative < 1 << 20
        else { return nil }
        return context.hasNegativeMembers ? -Int64(negative) : Int64(positive) - Int64(members)
    }

    private mutating func pack(at address: UInt64, count: UInt64) -> String {
        var texts: [String] = []
        for index in 0..<min(count, 64) {
            let text = memory.word(address &+ index * 8).flatMap { type(at: $0) }
            texts.append((text ?? .unknown).text)
        }
        if count > 64 { texts.append("…") }
        return "Pack{" + texts.joined(separator: ", ") + "}"
    }
}
