/// Names of heap types as people know them: the storage of an array is an array.
enum HeapTypeName {
    /// The classes in which the standard library keeps what values are made of.
    private static let storages = [
        ("_ContiguousArrayStorage<", "Array<"), ("_DictionaryStorage<", "Dictionary<"), ("_SetStorage<", "Set<"),
    ]

    /// `"_DictionaryStorage<String, Int>"` becomes `"Dictionary<String, Int>"`; other names stay as they are.
    ///
    /// - Parameter name: readable, without the module of the standard library.
    /// - Returns: the name of the value that the object stores, or `name`.
    static func readable(_ name: String) -> String {
        if name == "__StringStorage" { return "String" }
        for (storage, known) in storages where name.hasPrefix(storage) {
            return known + name.dropFirst(storage.count)
        }
        return name
    }

    /// Whether objects of the type hold as many elements as somebody puts in.
    static func isContainer(_ name: String?) -> Bool {
        guard let name else { return false }
        let own = name.hasPrefix("Swift.") ? name.dropFirst(6) : name[...]
        return storages.contains { own.hasPrefix($0.0) }
    }
}
