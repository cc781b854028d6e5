/// A stored property of a class.
package struct SwiftField: Hashable, Sendable {
    package enum Ownership: String, Sendable {
        case strong
        /// The field holds the address of a side table.
        case weak
        /// The field holds the object's address and does not keep it alive.
        case unowned
        /// `unowned(unsafe)`: the object's address, and nothing checks it.
        case unmanaged
    }

    package var name: String
    /// In bytes from the start of the object.
    package var offset: Int
    /// As ``SwiftHeapType/name``, generic arguments in place; `_` where it cannot be told.
    package var typeName: String
    package var ownership: Ownership
    package var isVariable: Bool
    /// The class that declares it, or one that it inherits from.
    package var declaredIn: String

    package init(
        name: String, offset: Int, typeName: String, ownership: Ownership, isVariable: Bool, declaredIn: String
    ) {
        self.name = name
        self.offset = offset
        self.typeName = typeName
        self.ownership = ownership
        self.isVariable = isVariable
        self.declaredIn = declaredIn
    }
}
