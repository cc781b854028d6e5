/// Instructions of each function, without those of functions that it calls: a file of callgrind, read.
///
/// Source: "Callgrind Format Specification", Valgrind manual 3.19, cl-format.html: names are written once and numbered;
/// the line after `calls=` has what the call cost with all that it called.
package struct CallgrindFunctions: Sendable, Hashable {
    package struct Function: Sendable, Hashable {
        /// As the symbol table has it.
        package var name: String
        /// Where its code is from; nil where callgrind does not know.
        package var file: String?
        /// The first of its lines that was executed; nil where callgrind does not know.
        package var line: Int?
        package var instructions: UInt64
    }

    package private(set) var functions: [String: Function] = [:]

    package init() {}

    /// Adds what a file says; lines that are none of the format count for nothing.
    ///
    /// - Parameter bytes: text.
    package mutating func add(parsing bytes: [UInt8]) {
        var names: [String: String] = [:]
        var files: [String: String] = [:]
        var current: String?
        // A function's own file, not that of what was inlined into it.
        var (file, isOwnFile) = (String?.none, true)
        var line: UInt64 = 0
        var isCall = false
        for text in bytes.split(separator: 0x0A) {
            guard let first = text.first else { continue }
            if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") || first == UInt8(ascii: "*")
                || (0x30...0x39).contains(first)
            {
                let fields = text.split(separator: 0x20)
                line = Self.position(fields[0], after: line)
                let cost = fields.count > 1 ? UInt64(String(decoding: fields[1], as: UTF8.self)) ?? 0 : 0
                if let current, !isCall { add(cost, to: current, file: isOwnFile ? file : nil, line: line) }
                isCall = false
                continue
            }
            guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = text[text.index(after: equals)...]
            switch String(decoding: text[..<equals], as: UTF8.self) {
            case "fn":
                let name = Self.name(value, &names)
                current = name
                isOwnFile = true
                if functions[name] == nil { functions[name] = Function(name: name, instructions: 0) }
            case "cfn": _ = Self.name(value, &names)
            case "fl": file = Self.name(value, &files)
            case "fi", "fe":
                let other = Self.name(value, &files)
                isOwnFile = other == file
            case "cfi", "cfl": _ = Self.name(value, &files)
            case "calls": isCall = true
            default: break
            }
        }
    }

    private mutating func add(_ cost: UInt64, to name: String, file: String?, line: UInt64) {
        guard var function = functions[name] else { return }
        function.instructions &+= cost
        if let file, !file.hasPrefix("?"), line > 0, let known = Int(exactly: line) {
            function.file = file
            function.line = min(function.line ?? known, known)
        }
        functions[name] = function
    }

    /// `12`, `+3`, `-3`, or `*` for the same again.
    private static func position(_ text: ArraySlice<UInt8>, after line: UInt64) -> UInt64 {
        let word = String(decoding: text, as: UTF8.self)
        if word.hasPrefix("+") { return line &+ (UInt64(word.dropFirst()) ?? 0) }
        if word.hasPrefix("-") { return line &- (UInt64(word.dropFirst()) ?? 0) }
        return word == "*" ? line : UInt64(word) ?? 0
    }

    /// `(12) name` says what `(12)` is from then on.
    private static func name(_ value: ArraySlice<UInt8>, _ known: inout [String: String]) -> String {
        let text = String(decoding: value, as: UTF8.self)
        guard text.hasPrefix("("), let end = text.firstIndex(of: ")") else { return text }
        let number = String(text[...end])
        let name = text[text.index(after: end)...].drop { $0 == " " }
        if !name.isEmpty { known[number] = String(name) }
        return known[number] ?? number
    }
}
