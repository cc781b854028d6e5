/// A mangled type in memory, with references to descriptors in it.
struct SwiftMangledType: Sendable {
    /// In bytes; metadata has no longer ones.
    static let longest: UInt64 = 4096

    var address: UInt64
    var bytes: [UInt8]

    init?(at address: UInt64, in memory: inout SwiftMetadataMemory) {
        self.address = address
        bytes = []
        var position: UInt64 = 0
        // References may hold zeros.
        var end: UInt64 = 0
        while position < Self.longest {
            guard let byte = memory.byte(address &+ position) else { return nil }
            if position >= end {
                if byte == 0 { return }
                if byte <= 0x17 { end = position + 5 } else if byte <= 0x1F { end = position + 9 }
            }
            bytes.append(byte)
            position += 1
        }
        return nil
    }
}

extension SwiftMetadataReader {
    /// The type of a mangled name in memory, its parameters replaced.
    mutating func mangledType(at address: UInt64, arguments: SwiftGenericArguments) -> SwiftTypeText? {
        nested { reader in
            guard let name = SwiftMangledType(at: address, in: &reader.memory) else { return nil }
            var parser = SwiftMangledTypeParser(name: name, arguments: arguments)
            return parser.parse(with: &reader)?.type
        }
    }

    /// The nominal type or protocol of a mangled name, as declared.
    mutating func mangledNominal(at address: UInt64) -> SwiftNominalName? {
        nested { reader in
            guard let name = SwiftMangledType(at: address, in: &reader.memory) else { return nil }
            var parser = SwiftMangledTypeParser(name: name, arguments: SwiftGenericArguments())
            guard case .nominal(let nominal, _) = parser.parse(with: &reader) else { return nil }
            return nominal
        }
    }

    /// A field's type and how the field refers to it.
    mutating func mangledField(
        at address: UInt64, arguments: SwiftGenericArguments
    ) -> (type: SwiftTypeText, ownership: SwiftField.Ownership)? {
        nested { reader in
            guard let name = SwiftMangledType(at: address, in: &reader.memory) else { return nil }
            var parser = SwiftMangledTypeParser(name: name, arguments: arguments)
            return parser.parse(with: &reader)?.type.map { ($0, parser.ownership) }
        }
    }
}
