import PerfSymbols

/// What is known of the objects whose blocks begin with one word.
package struct ObjectType: Hashable, Sendable {
    package var kind: SwiftHeapType.Kind
    package var name: String
    /// Stored properties by their offsets.
    package var fields: [SwiftField]
    /// In bytes, without tail-allocated elements; nil where nobody knows.
    package var size: Int?

    package init(kind: SwiftHeapType.Kind, name: String, fields: [SwiftField] = [], size: Int? = nil) {
        self.kind = kind
        self.name = name
        self.size = size
        self.fields = fields.sorted { $0.offset < $1.offset }
    }

    /// Offsets of words that hold an object's address and do not keep it alive.
    var unownedOffsets: [Int] {
        fields.filter { $0.ownership == .unowned || $0.ownership == .unmanaged }.map(\.offset)
    }

    /// Whether the words of such an object are what they seem.
    ///
    /// Behind the elements of a storage stands what its memory held before, behind the words of a task what its frames
    /// left over.
    var isSure: Bool {
        switch kind {
        case .object: !fields.contains { $0.declaredIn.hasPrefix("Swift.ManagedBuffer") }
        case .closure, .box, .error: true
        default: false
        }
    }

    /// Whether the last word of a block of some size belongs to no such object: allocators give 8 bytes more than was asked
    /// for, which hold what was there before.
    ///
    /// Classes of the standard library and of Foundation may have elements behind their properties.
    func leavesLastWord(of byteCount: UInt64) -> Bool {
        guard kind == .object, isSure, let size, !name.hasPrefix("Swift."), !name.hasPrefix("Foundation"),
            !name.hasPrefix("__C.")
        else { return false }
        return (UInt64(size) + 8..<UInt64(size) + 16).contains(byteCount)
    }

    /// How people call the place of a reference in such an object.
    ///
    /// - Parameter offset: in bytes.
    /// - Returns: nil where nobody knows.
    func place(at offset: Int) -> String? {
        switch kind {
        case .arrayStorage, .dictionaryStorage, .setStorage: "[]"
        default: field(at: offset)?.name
        }
    }

    /// The property whose value stands at an offset, in bytes.
    func field(at offset: Int) -> SwiftField? { fields.last { $0.offset <= offset } }
}

/// Names objects by the first words of their blocks.
package protocol ObjectTypes {
    /// Nil for a word that begins no object.
    mutating func objectType(ofFirstWord word: UInt64) -> ObjectType?
}

extension SwiftHeapTypes: ObjectTypes {
    package mutating func objectType(ofFirstWord word: UInt64) -> ObjectType? {
        type(ofFirstWord: word).map { type in
            ObjectType(
                kind: type.kind, name: type.name, fields: type.kind == .object ? fields(of: type) : [],
                size: type.kind == .object ? type.instanceSize : nil)
        }
    }
}

extension SwiftField {
    /// Whether addresses in it need not be retained.
    var isUncounted: Bool {
        Self.uncountedParts.contains { typeName.contains($0) } || Self.uncountedNames.contains(typeName)
    }

    private static let uncountedParts = ["Swift.Unmanaged<", "Swift.Unsafe", "Swift.OpaquePointer"]
    private static let uncountedNames: Set = ["_", "Swift.Int", "Swift.UInt", "Swift.Int64", "Swift.UInt64"]
}
