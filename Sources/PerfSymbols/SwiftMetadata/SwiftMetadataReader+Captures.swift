extension SwiftMetadataReader {
    /// What a closure's context or a box holds; nil where the descriptor makes no sense.
    ///
    /// Without a descriptor nothing is known of it. Types of generic code have parameters that only the words in the
    /// object itself tell.
    mutating func captures(at descriptor: UInt64) -> SwiftCaptures? {
        if descriptor == 0 { return SwiftCaptures(types: [], isGeneric: false) }
        guard descriptor % 4 == 0, let count = memory.uint32(descriptor), let sources = memory.uint32(descriptor &+ 4),
            let bindings = memory.uint32(descriptor &+ 8), count <= 256, sources <= 256, bindings <= 4096
        else { return nil }
        var texts: [String] = []
        for index in 0..<UInt64(count) {
            guard let name = memory.relative(descriptor &+ 12 &+ index * 4),
                SwiftMangledType(at: name, in: &memory) != nil
            else { return nil }
            texts.append((mangledType(at: name, arguments: SwiftGenericArguments()) ?? .unknown).text)
        }
        return SwiftCaptures(types: texts, isGeneric: bindings > 0)
    }
}
