/// A type as the Swift runtime writes it, and what has to be known to put it into another type.
struct SwiftTypeText: Hashable, Sendable {
    enum Form: Sendable {
        case simple
        /// `(A, B)`: brackets of its own.
        case tuple
        /// `A & B`, `(A) -> B`: needs brackets before `.Type`.
        case compound
        /// One protocol: its metatype is `.Protocol`.
        case existential
        /// More than one protocol: as `compound`, and its metatype is `.Protocol`.
        case composition
    }

    /// In bytes; longer types are cut off, which keeps hostile ones small.
    static let longest = 8192

    var text: String
    var form: Form

    init(_ text: String, _ form: Form = .simple) {
        self.text = text.utf8.count <= Self.longest ? text : "…"
        self.form = form
    }

    static let unknown = SwiftTypeText("_")

    private var inBrackets: String { form == .compound || form == .composition ? "(" + text + ")" : text }

    /// The type of the type itself.
    var metatype: SwiftTypeText {
        let isExistential = form == .existential || form == .composition
        return SwiftTypeText(inBrackets + (isExistential ? ".Protocol" : ".Type"))
    }

    /// The type of all types that fit an existential.
    var existentialMetatype: SwiftTypeText { SwiftTypeText(inBrackets + ".Type") }

    static func tuple(_ elements: [String]) -> SwiftTypeText {
        SwiftTypeText("(" + elements.joined(separator: ", ") + ")", .tuple)
    }

    /// Protocols, a class that all values inherit from, and whether they are classes for no other reason.
    static func existential(protocols: [String], superclass: String?, isClass: Bool) -> SwiftTypeText {
        var parts = protocols
        if let superclass {
            parts.insert(superclass, at: 0)
        } else if isClass {
            parts.append("Swift.AnyObject")
        }
        if parts.isEmpty { return SwiftTypeText("Any", .existential) }
        return SwiftTypeText(parts.joined(separator: " & "), parts.count == 1 ? .existential : .composition)
    }
}
