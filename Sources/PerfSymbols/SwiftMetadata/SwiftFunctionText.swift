/// The parts of a function type in the order in which the runtime writes them.
struct SwiftFunctionText {
    var convention = ""
    var isIsolatedAny = false
    var isNonisolatedCaller = false
    var globalActor: String?
    var isSendable = false
    /// With brackets.
    var parameters = "()"
    var isAsync = false
    /// Empty for untyped errors; nil when it throws none.
    var thrown: String?
    var hasSendingResult = false
    var result = "()"

    var type: SwiftTypeText {
        var text = convention
        if isIsolatedAny { text += "@isolated(any) " }
        if isNonisolatedCaller { text += "nonisolated(nonsending) " }
        if let globalActor { text += "@" + globalActor + " " }
        if isSendable { text += "@Sendable " }
        text += parameters
        if isAsync { text += " async" }
        if let thrown { text += thrown.isEmpty ? " throws" : " throws(" + thrown + ")" }
        text += " -> " + (hasSendingResult ? "sending " : "") + result
        return SwiftTypeText(text, .compound)
    }
}
