/// Suffixes that compilers and linkers append to the name of a function they split, cloned or made global.
package enum CompilerSuffix {
    private static let known: Set<Substring> = [
        "cold", "part", "isra", "constprop", "llvm", "lto_priv", "localalias", "clone", "resume", "destroy", "cleanup",
        "str", "hot", "unlikely", "warm", "exit", "specialized", "content", "thunk", "tailmerge",
    ]

    /// `sort.part.0.isra.0` is `sort`; `main.run`, a name of Go, stays.
    package static func removed(from name: String) -> String {
        var end = name.endIndex
        // Version suffixes: memcpy@@GLIBC_2.14.
        if let at = name.utf8.firstIndex(of: UInt8(ascii: "@")), at != name.startIndex { end = at }
        while let (start, component) = lastComponent(of: name[..<end]) {
            if known.contains(component) {
                end = start
            } else if !component.isEmpty, component.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
                // A number belongs to the word before it: .part.0; a bare one is a clone: f.25.
                if let (wordStart, word) = lastComponent(of: name[..<start]), known.contains(word) {
                    end = wordStart
                } else {
                    end = start
                }
            } else {
                break
            }
        }
        return end == name.endIndex ? name : String(name[..<end])
    }

    /// What stands behind the last dot, and where the dot is; nil at the start of the name.
    private static func lastComponent(of name: Substring) -> (start: String.Index, component: Substring)? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
        return (dot, name[name.utf8.index(after: dot)...])
    }
}
