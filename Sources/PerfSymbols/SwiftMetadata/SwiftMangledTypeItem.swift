/// What stands on the stack while a mangled type is read.
enum SwiftMangledTypeItem: Sendable {
    case type(SwiftTypeText)
    case nominal(SwiftNominalName, isProtocol: Bool)
    case identifier(String)
    case emptyList
    case firstElement
    case variadic
    case throwing
    case typedThrows(String)
    case async
    case sendable
    case isolatedAny
    case nonisolatedCaller
    case globalActor(String)
    case sendingResult
    /// A requirement of a generic signature, such as `A.Element == Swift.Int`.
    case requirement(String)
    case signature

    /// Nil for what is only part of a type.
    var type: SwiftTypeText? {
        switch self {
        case .type(let text): text
        case .nominal(let name, let isProtocol): SwiftTypeText(name.text, isProtocol ? .existential : .simple)
        default: nil
        }
    }
}
