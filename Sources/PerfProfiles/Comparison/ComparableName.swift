/// A function's name without what a compiler numbers or invents anew in every build.
///
/// Two builds of one source name a closure `closure #1` and `closure #2`, a private function by a hash of its file's
/// path, a specialisation by the types that it was made for. None of that says that the function is another one.
package enum ComparableName {
    /// The name to compare by; equal for the same function of two builds.
    package static func of(_ name: String) -> String {
        var text = name
        text = withoutQualifiers(text)
        if text.utf8.contains(UInt8(ascii: "#")) { text = withoutNumbers(text) }
        if text.utf8.contains(UInt8(ascii: "(")) { text = withoutDiscriminators(text) }
        text = withoutSuffixes(text)
        return withoutOffset(text)
    }

    /// What compilers put before the name of the function that they derive a copy or a part from.
    private static let qualifiers = [
        "specialized ", "merged ", "[inlined] ", "async function pointer to ", "(noasync) ",
    ]

    private static let listed = [
        "generic specialization <", "generic partial specialization <", "generic not re-abstracted specialization <",
        "generic pre-specialization <", "inlined generic function <", "function signature specialization <",
    ]

    /// Drops specialisations and the parts that an async function is cut into, however they are nested.
    private static func withoutQualifiers(_ name: String) -> String {
        var rest = name[...]
        while true {
            if let word = qualifiers.first(where: { rest.hasPrefix($0) }) {
                rest = rest.dropFirst(word.utf8.count)
            } else if listed.contains(where: { rest.hasPrefix($0) }), let end = rest.firstRange(of: "> of ") {
                rest = rest[end.upperBound...]
            } else if let tail = afterFunclet(rest) {
                rest = tail
            } else {
                return String(rest)
            }
        }
    }

    /// What follows `(1) await resume partial function for ` and its like; nil where that does not stand.
    private static func afterFunclet(_ name: Substring) -> Substring? {
        guard name.first == "(", let end = name.firstRange(of: " partial function for ") else { return nil }
        let words = name[..<end.lowerBound].split(separator: " ")
        guard words.count == 3, words[0].dropFirst().first?.isNumber == true, words[0].last == ")",
            words[1] == "await" || words[1] == "suspend", words[2] == "resume"
        else { return nil }
        return name[end.upperBound...]
    }

    /// `closure #12 in f` becomes `closure # in f`; so do local functions and lambdas.
    private static func withoutNumbers(_ name: String) -> String {
        var result: [UInt8] = []
        var isNumber = false
        for byte in name.utf8 {
            if isNumber, (0x30...0x39).contains(byte) { continue }
            isNumber = byte == UInt8(ascii: "#")
            result.append(byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `(f in _0123456789ABCDEF0123456789ABCDEF)` becomes `f`.
    private static func withoutDiscriminators(_ name: String) -> String {
        var result = name
        while let mark = result.firstRange(of: " in _") {
            let digits = result[mark.upperBound...].prefix { $0.isHexDigit }
            guard digits.utf8.count >= 16, digits.endIndex < result.endIndex, result[digits.endIndex] == ")",
                let open = result[..<mark.lowerBound].lastIndex(of: "(")
            else { return result }
            let own = result[result.index(after: open)..<mark.lowerBound]
            result = String(result[..<open]) + own + String(result[result.index(after: digits.endIndex)...])
        }
        return result
    }

    /// What GCC and LLVM append to copies and parts of a function, and Rust's hash.
    private static let suffixes = ["cold", "part", "constprop", "isra", "llvm", "lto_priv", "warm"]

    private static func withoutSuffixes(_ name: String) -> String {
        var rest = name[...]
        if let clone = rest.firstRange(of: " [clone ") { rest = rest[..<clone.lowerBound] }
        if let hash = rest.utf8.lastIndex(of: UInt8(ascii: ":")) {
            let tail = rest[rest.utf8.index(after: hash)...]
            if tail.utf8.count == 17, tail.first == "h", tail.dropFirst().allSatisfy({ $0.isHexDigit }),
                rest[..<hash].last == ":"
            {
                rest = rest[..<hash].dropLast()
            }
        }
        while let dot = rest.lastIndex(of: ".") {
            let tail = rest[rest.index(after: dot)...]
            guard !tail.isEmpty, tail.allSatisfy(\.isNumber) || suffixes.contains(String(tail)) else {
                break
            }
            // "f.part.0": the number belongs to the word before it.
            guard dot > rest.startIndex else { return String(rest) }
            rest = rest[..<dot]
        }
        return String(rest)
    }

    /// `libfoo.so+0x1234` becomes `libfoo.so+0x…`: code moves between builds.
    private static func withoutOffset(_ name: String) -> String {
        guard let mark = name.firstRange(of: "0x"),
            mark.lowerBound == name.startIndex || name[..<mark.lowerBound].last == "+",
            mark.upperBound < name.endIndex, name[mark.upperBound...].allSatisfy(\.isHexDigit)
        else { return name }
        return name[..<mark.upperBound] + "…"
    }
}
