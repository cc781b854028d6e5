/// Functions, as declared and as lowered.
extension SwiftMangledTypeParser {
    mutating func functionMark() -> Item? {
        guard let byte = next() else { return nil }
        switch Character(UnicodeScalar(byte)) {
        case "a": return .async
        case "b": return .sendable
        case "A": return .isolatedAny
        case "C": return .nonisolatedCaller
        case "T": return .sendingResult
        case "K": return popType().map { .typedThrows($0.text) }
        case "c": return popType().map { .globalActor($0.text) }
        case "i": return popType().map { .type(SwiftTypeText("isolated " + $0.text)) }
        case "u": return popType().map { .type(SwiftTypeText("sending " + $0.text)) }
        case "t": return popType().map { .type($0) }
        default: return nil
        }
    }

    mutating func function(convention: String) -> Item? {
        var function = SwiftFunctionText()
        function.convention = convention
        marks: while true {
            switch stack.last {
            case .throwing: function.thrown = ""
            case .typedThrows(let type): function.thrown = type
            case .async: function.isAsync = true
            case .sendable: function.isSendable = true
            case .isolatedAny: function.isIsolatedAny = true
            case .nonisolatedCaller: function.isNonisolatedCaller = true
            case .globalActor(let type): function.globalActor = type
            case .sendingResult: function.hasSendingResult = true
            default: break marks
            }
            stack.removeLast()
        }
        if !popEmptyList() {
            guard let type = popType() else { return nil }
            function.parameters = type.form == .tuple ? type.text : "(" + type.text + ")"
        }
        if !popEmptyList() {
            guard let type = popType() else { return nil }
            function.result = type.text
        }
        return .type(function.type)
    }

    /// A function as the code generator sees it, which is what closures capture; conventions are left out.
    mutating func loweredFunction() -> Item? {
        var function = SwiftFunctionText()
        if take("P") {}
        if take("e") {}
        if take("A") { function.isIsolatedAny = true }
        for kind in ["d", "l", "f", "r"] as [Character] where take(kind) { break }
        guard let callee = next(), [UInt8]("ygxt".utf8).contains(callee) else { return nil }
        for kind in ["B", "C", "M", "J", "K", "W"] as [Character] where take(kind) {
            if kind == "B" { function.convention = "@convention(block) " }
            if kind == "C" { function.convention = "@convention(c) " }
            break
        }
        for kind in ["A", "I", "G"] as [Character] where take(kind) { break }
        function.isSendable = take("h")
        function.isAsync = take("H")
        function.hasSendingResult = take("T")
        var parameterCount = 0
        var resultCount = 0
        while position < bytes.count, [UInt8]("iclbnXxgeyvpm".utf8).contains(bytes[position]) {
            position += 1
            parameterCount += 1
            for mark in ["w", "T", "I", "L"] as [Character] where take(mark) { continue }
        }
        while position < bytes.count, [UInt8]("rodualgk".utf8).contains(bytes[position]) {
            position += 1
            resultCount += 1
            _ = take("w")
        }
        var isThrowing = false
        if take("z") {
            guard next() != nil else { return nil }
            isThrowing = true
        }
        guard take("_") else { return nil }
        if isThrowing {
            guard let error = popType() else { return nil }
            function.thrown = error.text == "Swift.Error" ? "" : error.text
        }
        guard let results = popTypes(resultCount), let parameters = popTypes(parameterCount) else { return nil }
        function.result = results.count == 1 ? results[0] : "(" + results.joined(separator: ", ") + ")"
        function.parameters = "(" + parameters.joined(separator: ", ") + ")"
        return .type(function.type)
    }

    private mutating func popTypes(_ count: Int) -> [String]? {
        var texts: [String] = []
        for _ in 0..<count {
            guard let type = popType() else { return nil }
            texts.append(type.text)
        }
        return texts.reversed()
    }
}
