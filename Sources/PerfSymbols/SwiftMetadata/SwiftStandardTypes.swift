/// Types with manglings of their own.
enum SwiftStandardTypes {
    /// `Sa`; protocols too.
    static let first: [UInt8: (name: String, isProtocol: Bool)] = [
        "a": "Array", "b": "Bool", "D": "Dictionary", "d": "Double", "f": "Float", "h": "Set", "I": "DefaultIndices",
        "i": "Int", "J": "Character", "N": "ClosedRange", "n": "Range", "O": "ObjectIdentifier", "P": "UnsafePointer",
        "p": "UnsafeMutablePointer", "R": "UnsafeBufferPointer", "r": "UnsafeMutableBufferPointer", "S": "String",
        "s": "Substring", "u": "UInt", "V": "UnsafeRawPointer", "v": "UnsafeMutableRawPointer",
        "W": "UnsafeRawBufferPointer", "w": "UnsafeMutableRawBufferPointer", "q": "Optional",
        "A": "AutoreleasingUnsafeMutablePointer",
    ].reduce(into: [:]) { $0[$1.key.utf8.first ?? 0] = ($1.value, false) }.merging(
        [
            "B": "BinaryFloatingPoint", "E": "Encodable", "e": "Decodable", "F": "FloatingPoint",
            "G": "RandomNumberGenerator", "H": "Hashable", "j": "Numeric", "K": "BidirectionalCollection",
            "k": "RandomAccessCollection", "L": "Comparable", "l": "Collection", "M": "MutableCollection",
            "m": "RangeReplaceableCollection", "Q": "Equatable", "T": "Sequence", "t": "IteratorProtocol",
            "U": "UnsignedInteger", "X": "RangeExpression", "x": "Strideable", "Y": "RawRepresentable",
            "y": "StringProtocol", "Z": "SignedInteger", "z": "BinaryInteger",
        ].reduce(into: [:]) { $0[$1.key.utf8.first ?? 0] = ($1.value, true) }
    ) { first, _ in first }

    /// `ScT`: of the concurrency library.
    static let concurrency: [UInt8: (name: String, isProtocol: Bool)] = [
        "C": "CheckedContinuation", "c": "UnsafeContinuation", "E": "CancellationError", "e": "UnownedSerialExecutor",
        "G": "TaskGroup", "g": "ThrowingTaskGroup", "J": "UnownedJob", "M": "MainActor", "P": "TaskPriority",
        "S": "AsyncStream", "s": "AsyncThrowingStream", "T": "Task", "t": "UnsafeCurrentTask",
    ].reduce(into: [:]) { $0[$1.key.utf8.first ?? 0] = ($1.value, false) }.merging(
        [
            "A": "Actor", "F": "Executor", "f": "SerialExecutor", "h": "TaskExecutor", "I": "AsyncIteratorProtocol",
            "i": "AsyncSequence",
        ].reduce(into: [:]) { $0[$1.key.utf8.first ?? 0] = ($1.value, true) }
    ) { first, _ in first }

    /// `Bo`.
    static let builtin: [UInt8: String] = [
        "b": "BridgeObject", "B": "UnsafeValueBuffer", "o": "NativeObject", "O": "UnknownObject", "p": "RawPointer",
        "t": "SILToken", "w": "Word", "j": "Job", "D": "DefaultActorStorage", "d": "NonDefaultDistributedActorStorage",
        "e": "Executor", "c": "RawUnsafeContinuation", "I": "IntLiteral", "P": "PackIndex", "T": "PackIndex",
        "A": "ImplicitActor",
    ].reduce(into: [:]) { $0[$1.key.utf8.first ?? 0] = $1.value }
}
