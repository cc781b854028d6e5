import PerfModel

/// What the first word of a block on the heap says of the Swift object in it.
package struct SwiftHeapType: Hashable, Sendable {
    package enum Kind: String, Sendable {
        /// An instance of a class or an actor.
        case object
        case arrayStorage
        case dictionaryStorage
        case setStorage
        case stringStorage
        /// The captured values of a closure, two or more.
        case closure
        /// One value: a captured variable, a large value of an existential, an indirect enum case, a closure's only
        /// value. They cannot be told apart.
        case box
        /// The value of an `any Error`.
        case error
        case task
        /// A job of the concurrency runtime that is no task.
        case job
    }

    package var kind: Kind
    /// As `_typeName(_:qualified:)` has it, with the address of private contexts; of closures and boxes what they hold.
    package var runtimeName: String
    /// The same for people and for comparisons between runs: `[Swift.Int]?`, and no addresses.
    package var name: String
    /// Where the first word points to.
    package var metadata: CodeAddress
    /// In bytes, without tail-allocated elements; nil where the metadata does not tell.
    package var instanceSize: Int?

    init(kind: Kind, runtimeName: String, metadata: UInt64, instanceSize: Int? = nil) {
        self.kind = kind
        self.runtimeName = runtimeName
        self.name = Self.displayed(runtimeName)
        self.metadata = CodeAddress(rawValue: metadata)
        self.instanceSize = instanceSize
    }

    /// The name of a type as reports show it.
    static func displayed(_ runtimeName: String) -> String {
        SwiftSugar.sugared(withoutAddresses(runtimeName))
    }

    /// Private types stand in a context that has an address for a name.
    private static func withoutAddresses(_ name: String) -> String {
        let mark = Array("(unknown context at $".utf8)
        let bytes = Array(name.utf8)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == mark[0], bytes[position...].starts(with: mark),
                let end = bytes[position...].firstIndex(of: UInt8(ascii: ")")), end + 1 < bytes.count,
                bytes[end + 1] == UInt8(ascii: ".")
            {
                position = end + 2
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
