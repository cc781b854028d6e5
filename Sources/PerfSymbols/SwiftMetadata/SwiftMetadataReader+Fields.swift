extension SwiftMetadataReader {
    private static let mostAncestors = 64
    private static let mostFields: UInt32 = 4096

    mutating func fields(ofClassAt metadata: UInt64) -> [SwiftField] {
        var chain: [UInt64] = []
        var next = metadata
        while next != 0, chain.count < Self.mostAncestors, !chain.contains(next), memory.word(next) == 0 {
            chain.append(next)
            next = memory.word(next &+ 8) ?? 0
        }
        var result: [SwiftField] = []
        for ancestor in chain.reversed() where result.count < Int(Self.mostFields) {
            begin()
            result += ownFields(ofClassAt: ancestor)
        }
        return result
    }

    private mutating func ownFields(ofClassAt metadata: UInt64) -> [SwiftField] {
        guard let descriptor = memory.word(metadata &+ 40), let context = context(at: descriptor),
            context.kind == .class, let count = memory.uint32(descriptor &+ 36), count <= Self.mostFields, count > 0,
            let vector = memory.uint32(descriptor &+ 40), vector < 1 << 20,
            let records = memory.relative(descriptor &+ 16), let size = memory.uint16(records &+ 10), size >= 12,
            let recordCount = memory.uint32(records &+ 12)
        else { return [] }
        var firstOffset = metadata &+ UInt64(vector) * 8
        if context.hasResilientSuperclass {
            guard let start = firstImmediateMember(of: context) else { return [] }
            firstOffset = firstOffset &+ UInt64(bitPattern: start * 8)
        }
        let arguments = arguments(of: context, kind: 0, at: metadata)
        let owner = nominal(ofKind: 0, at: metadata)?.text ?? SwiftTypeText.unknown.text
        var result: [SwiftField] = []
        for index in 0..<UInt64(min(count, recordCount)) {
            let record = records &+ 16 &+ index * UInt64(size)
            guard let offset = memory.word(firstOffset &+ index * 8), offset < 1 << 31,
                let flags = memory.uint32(record), let nameAddress = memory.relative(record &+ 8),
                let name = memory.string(nameAddress)
            else { return result }
            begin()
            let type = memory.relative(record &+ 4).flatMap { mangledField(at: $0, arguments: arguments) }
            result.append(
                SwiftField(
                    name: name, offset: Int(offset), typeName: SwiftHeapType.displayed((type?.type ?? .unknown).text),
                    ownership: type?.ownership ?? .strong, isVariable: flags & 2 != 0,
                    declaredIn: SwiftHeapType.displayed(owner))
            )
        }
        return result
    }
}
